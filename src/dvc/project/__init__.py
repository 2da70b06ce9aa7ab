"""The project as a whole: where it is, what it is set to, which stages it has at a revision, and how its files change."""
