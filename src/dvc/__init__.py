"""Cairn: data version control. The package that answers to `dvc`; what may be imported is listed in docs/architecture.md."""

__version__ = "3.100.0"
