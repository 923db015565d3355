import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from facade.parity import divergences
from facade.parity.page import Parity, as_json, as_lines, read_parity

NOW = dt.datetime(2026, 6, 1, 12, 34, tzinfo=dt.UTC)
SINCE = NOW - dt.timedelta(hours=24)


def cluster(n: int, **changes: Any) -> dict[str, Any]:
    usual = {
        "signature": f"{n:016x}",
        "capability": "enrollment",
        "route": "/api/enrollment/v1/enrollment",
        "path": f"$.field{n}",
        "kind": "value",
        "count": 100 - n,
        "noise": 0,
        "legacy": "integer ~a",
        "modern": "integer ~b",
    }
    return {**usual, **changes}


@pytest.fixture
def connection(postgres: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres, autocommit=True) as connected:
        divergences.install(connected)
        yield connected


def page(connection: psycopg.Connection[Any], **content: Any) -> Parity:
    empty: dict[str, Any] = {"counts": [], "rules": [], "clusters": []}
    document = {"run": "r", "number": 3, "at": NOW.timestamp(), **empty, **content}
    divergences.take(connection, [json.dumps(document).encode()], now=NOW)
    return read_parity(connection, since=SINCE, capability=None)


def test_all_that_is_known_of_a_capability_is_printed(
    connection: psycopg.Connection[Any],
) -> None:
    outcomes = {"same": 2990, "lag": 7, "different": 3, "noise_same": 59, "noise_different": 1}
    counts = [["enrollment", outcome, n] for outcome, n in outcomes.items()]
    counts += [["enrollment", "queue_full", 4], ["enrollment", "too_large", 2]]

    lines = list(as_lines(page(connection, counts=counts, clusters=[cluster(98, noise=5)])))

    assert lines == [
        "since 2026-05-31 12:34 UTC",
        "enrollment: 3 of 3000 answers differ, 0.1 % (95 %: 0.034 % to 0.294 %)",
        "  7 differed until the follower had passed",
        "  noise: legacy differs from itself in 1 of 60 answers",
        "  not compared: queue_full 4, too_large 2",
        "  2 x /api/enrollment/v1/enrollment  $.field98  value  (and 5 x in legacy itself)",
        "      legacy integer ~a, modern integer ~b; 0000000000000062",
        "reports_lost: 2",
    ]


def test_rules_say_what_they_hide_and_that_they_have_expired(
    connection: psycopg.Connection[Any],
) -> None:
    lines = list(as_lines(page(connection, rules=[["modes", 5, 0], ["texts", 9, 2]])))

    assert lines[2:4] == [
        "rule modes: hid 5 differences",
        "rule texts: hid 9 differences; EXPIRED, 2 count again",
    ]


def test_the_largest_clusters_come_first_and_json_has_all(
    connection: psycopg.Connection[Any],
) -> None:
    many = [cluster(n) for n in range(12)]

    parity = page(connection, counts=[["enrollment", "different", 12]], clusters=many)

    lines = list(as_lines(parity))
    assert lines[2].startswith("  100 x ")
    assert "  and 2 clusters more: --json has all" in lines
    document = json.loads(json.dumps(as_json(parity)))
    assert len(document["capabilities"][0]["clusters"]) == 12
    assert document["since"] == "2026-05-31T12:34:00+00:00"
    assert document["pipeline"] == {"reports_lost": 2}


def test_one_capability_alone_can_be_read(connection: psycopg.Connection[Any]) -> None:
    page(connection, counts=[["enrollment", "same", 1], ["catalog", "same", 2]])

    parity = read_parity(connection, since=SINCE, capability="catalog")

    assert [each.capability for each in parity.capabilities] == ["catalog"]
