"""The files that lie beside these modules: templates, and the parts of the page."""

import os


def text(name: str) -> str:
    """A file of this package, as text."""
    # `importlib.resources` would load libraries for archives and temporary files, a fifth of what a plot takes.
    with open(os.path.join(os.path.dirname(__file__), name), encoding="utf-8") as file:
        return file.read()
