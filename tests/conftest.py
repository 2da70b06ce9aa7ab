"""Fixtures that every test may use."""

from tests.world import world as world
