"""Fixtures that every test may use, and the settings of property tests."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.world import world

# The same examples on every run, however slow the machine is.
settings.register_profile("steady", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

__all__ = ["world"]

_CLOUDS = ("AWS_", "AZURE_", "GOOGLE_", "CLOUDSDK_", "GCE_", "STORAGE_EMULATOR_", "ALIBABA_", "OSS_", "GDRIVE_", "HADOOP_", "KRB5")
_NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test speaks to a real cloud, whatever it gets wrong: requests but to this machine go to a proxy that is not there."""
    for name in [name for name in os.environ if name.startswith(_CLOUDS) or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, _NOWHERE)
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
