"""The user's files: what is there (survey), and bringing recorded data back (checkout)."""
