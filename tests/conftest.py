"""Fixtures of every room. The servers come from the plugin `tests.servers`."""

import os
from pathlib import Path

import pytest
from django.conf import settings

# Fixtures of the bridge; where modern stands alone, they are absent with it.
_BRIDGE = ("tests.legacy_lms.database.fixtures",)
pytest_plugins = [name for name in _BRIDGE if Path(*name.split(".")).with_suffix(".py").exists()]


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Give the test database a name of this process, so that runs at the same time do not meet."""
    for database in settings.DATABASES.values():
        database.setdefault("TEST", {})["NAME"] = f"test_{database['NAME']}_{os.getpid()}"
