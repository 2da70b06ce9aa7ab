"""Moving objects between a cache and a remote: what is wanted, where it is, and the copying. Knows no project."""
