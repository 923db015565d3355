"""What the shadows found, in PostgreSQL."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from facade.parity import divergences
from facade.parity.divergences import LOST, TOTAL, UNREADABLE

NOW = dt.datetime(2026, 6, 1, 12, 34, tzinfo=dt.UTC)
LONG_AGO = NOW - dt.timedelta(days=365)
CLUSTER = {
    "signature": "5f1d",
    "capability": "enrollment",
    "route": "/api/enrollment/v1/enrollment",
    "path": "$.mode",
    "kind": "value",
    "count": 2,
    "noise": 1,
    "legacy": "string(5) ~a",
    "modern": "string(5) ~b",
}


@pytest.fixture
def connection(postgres: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres, autocommit=True) as connected:
        divergences.install(connected)
        yield connected


def report(number: int = 1, run: str = "r1", **changes: Any) -> bytes:
    content = {
        "run": run,
        "number": number,
        "worker": "w1",
        "at": NOW.timestamp(),
        "counts": [["enrollment", "same", 3], ["enrollment", "different", 1]],
        "rules": [["texts", 2, 1]],
        "clusters": [CLUSTER],
    }
    return json.dumps({**content, **changes}).encode()


def taken(connection: psycopg.Connection[Any], *documents: bytes) -> dict[str, dict[str, int]]:
    divergences.take(connection, documents, now=NOW)
    return divergences.outcomes(connection, since=LONG_AGO)


def test_reports_add_up(connection: psycopg.Connection[Any]) -> None:
    later = (NOW + dt.timedelta(hours=1)).timestamp()

    counts = taken(connection, report(1), report(2, at=later))

    assert counts == {"enrollment": {"same": 6, "different": 2}}
    (cluster,) = divergences.clusters(connection, since=LONG_AGO)
    assert (cluster.count, cluster.noise) == (4, 2)
    assert cluster.last_at - cluster.first_at == dt.timedelta(hours=1)
    (rule,) = divergences.rule_uses(connection, since=LONG_AGO)
    assert (rule.name, rule.ignored, rule.expired) == ("texts", 4, 2)


def test_a_report_counts_once_however_often_it_is_read(
    connection: psycopg.Connection[Any],
) -> None:
    taken(connection, report())

    assert taken(connection, report(), report()) == {"enrollment": {"same": 3, "different": 1}}


def test_reports_that_never_came_are_counted(connection: psycopg.Connection[Any]) -> None:
    counts = taken(connection, report(1), report(4), report(2, run="r2"))

    assert counts[TOTAL] == {LOST: 3}


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"[]",
        report(number="x"),
        report(at="noon"),
        report(at=1e300),
        report(counts=[["a"]]),
        report(counts=[["a\0", "same", 1]]),
        report(counts=[["a", "same", 2**70]]),
        report(clusters=[{}]),
    ],
)
def test_what_is_no_report_keeps_none_behind_it_from_being_read(
    connection: psycopg.Connection[Any], broken: bytes
) -> None:
    counts = taken(connection, broken, report(7, run="r7", rules=[], clusters=[]))

    assert counts[TOTAL][UNREADABLE] == 1
    assert counts["enrollment"] == {"same": 3, "different": 1}


def test_only_what_is_recent_is_read(connection: psycopg.Connection[Any]) -> None:
    taken(connection, report())
    tomorrow = NOW + dt.timedelta(days=1)

    assert divergences.outcomes(connection, since=tomorrow) == {}
    assert divergences.clusters(connection, since=tomorrow) == []
    assert divergences.clusters(connection, since=LONG_AGO, capability="catalog") == []


def test_runs_that_ended_long_ago_are_forgotten(connection: psycopg.Connection[Any]) -> None:
    taken(connection, report(run="old", at=LONG_AGO.timestamp()), report(run="new"))

    rows = connection.execute("SELECT run FROM bridge.parity_reporter").fetchall()
    assert rows == [("new",)]


def test_installing_again_changes_nothing(connection: psycopg.Connection[Any]) -> None:
    counts = taken(connection, report())

    divergences.install(connection)

    assert taken(connection) == counts


def test_the_lag_is_what_the_follower_was_behind_when_it_last_applied(
    connection: psycopg.Connection[Any],
) -> None:
    assert divergences.follower_lag(connection) is None

    connection.execute(
        "CREATE TABLE bridge.position (source_at timestamptz, heard_at timestamptz NOT NULL)"
    )
    assert divergences.follower_lag(connection) is None
    connection.execute(
        "INSERT INTO bridge.position VALUES ('2026-06-01 12:00:00Z', '2026-06-01 12:00:12.5Z')"
    )
    assert divergences.follower_lag(connection) == 12.5
