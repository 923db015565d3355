"""Fixtures of the flags' tests: people, and the feed in the run's own Redis."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group
from django.db import connection

from deploy.stack.private_redis import private_redis


def make_user(name: str, *groups: str) -> AbstractBaseUser:
    user = get_user_model().objects.create_user(name, f"{name}@example.org")
    for group in groups:
        user.groups.add(Group.objects.get_or_create(name=group)[0])
    return user


def blocked_connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # kept for the transaction otherwise
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


@pytest.fixture
def ada(db: None) -> AbstractBaseUser:
    return make_user("ada", "beta")


@pytest.fixture
def honor(db: None) -> AbstractBaseUser:
    return make_user("honor")


@pytest.fixture
def feed(settings: LazySettings, redis_url: str, tmp_path: Path) -> str:
    """An empty Redis and no snapshot file yet; gives the URL of Redis."""
    settings.REDIS_URL = redis_url
    settings.SNAPSHOT_PATH = tmp_path / "snapshot.json"
    return redis_url


@pytest.fixture
def stopped_redis(settings: LazySettings, tmp_path: Path) -> str:
    """The URL of a Redis that ran and was stopped."""
    settings.SNAPSHOT_PATH = tmp_path / "snapshot.json"
    folder = tmp_path / "redis"
    folder.mkdir()
    with private_redis(folder) as url:
        settings.REDIS_URL = url
    return url
