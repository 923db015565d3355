"""Fixtures of every room. The servers come from the plugin `tests.servers`."""

import os

import pytest
from django.conf import settings


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Give the test database a name of this process, so that runs at the same time do not meet."""
    for database in settings.DATABASES.values():
        database.setdefault("TEST", {})["NAME"] = f"test_{database['NAME']}_{os.getpid()}"
