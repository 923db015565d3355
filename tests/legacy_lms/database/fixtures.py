"""pytest plugin: the recorded legacy database, for a whole run or put back after each test.

    legacy_world   URL of the run's MariaDB database with the recorded rows; whoever only reads
    legacy         the same URL; what the test changed in the legacy tables is put back after it

The database is the one that LEGACY_DATABASE_URL names during a run. The tables that were changed
are found by their checksums, which takes a few milliseconds, and put back with ordinary DELETE and
INSERT, so a follower of the binlog stays sound.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from tests.legacy_lms.database.loader import checksums, load, reset

__all__ = ["legacy", "legacy_world"]


@dataclass(frozen=True, slots=True)
class _Recorded:
    url: str
    checksums: Mapping[str, int]


@pytest.fixture(scope="session")
def _recorded(mariadb: str) -> _Recorded:
    load(mariadb)
    return _Recorded(mariadb, checksums(mariadb))


@pytest.fixture(scope="session")
def legacy_world(_recorded: _Recorded) -> str:
    return _recorded.url


@pytest.fixture
def legacy(_recorded: _Recorded) -> Iterator[str]:
    # Services that run for the whole session, such as the stand-in, write for other tests too.
    _put_back(_recorded)
    yield _recorded.url
    _put_back(_recorded)


def _put_back(recorded: _Recorded) -> None:
    now = checksums(recorded.url)
    if changed := [table for table, was in recorded.checksums.items() if now[table] != was]:
        reset(recorded.url, changed)
