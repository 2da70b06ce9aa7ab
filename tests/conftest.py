"""Fixtures that every test may use, and the settings of property tests."""

import signal

from hypothesis import HealthCheck, settings

from tests.world import world

# The same examples on every run, however slow the machine is.
settings.register_profile("steady", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

__all__ = ["world"]

# A job in the background is started with SIGINT ignored, and what tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
