"""Fixtures that every test may use, and the settings of property tests."""

from hypothesis import HealthCheck, settings

from tests.world import world

# The same examples on every run, however slow the machine is.
settings.register_profile("steady", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

__all__ = ["world"]
