"""Other repositories, by path or URL, at any revision: opened, listed, and read from."""
