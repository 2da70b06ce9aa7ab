"""The project's object store: both cache layouts, trees, and what is missing (docs/formats/cache.md)."""
