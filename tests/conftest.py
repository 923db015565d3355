"""Fixtures of every room. The servers come from the plugin `tests.servers`."""

from pathlib import Path

from hypothesis import settings

# An example that takes long on a busy machine is no fault.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# Fixtures of the bridge; where modern stands alone, they are absent with it.
_BRIDGE = ("tests.legacy_lms.database.fixtures",)
pytest_plugins = [name for name in _BRIDGE if Path(*name.split(".")).with_suffix(".py").exists()]
