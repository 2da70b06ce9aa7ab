"""Fixtures that every test may use, and the settings of property tests."""

from hypothesis import settings

from tests.world import world

# The same examples on every run, however slow the machine is.
settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")

__all__ = ["world"]
