"""What the shadow found, in PostgreSQL: written by the compare worker, read by `facade parity`.

A batch of reports and the numbers of those taken are one transaction: each counts exactly once.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from psycopg import DataError
from psycopg.rows import class_row, scalar_row

from facade.shadow.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from psycopg import Connection

TOTAL: Final = "*"
"""Stands for the capability of what is counted for all of them."""
LOST: Final = "reports_lost"
"""Reports that were dropped from the stream before they were read."""
UNREADABLE: Final = "reports_unreadable"
REPORTER_DAYS: Final = 7
"""How long the last number of a worker's run is kept after its last report."""


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a worker, checked: `counts` are capability, outcome and number; `rules` are
    name, ignored and expired; `clusters` are rows of bridge.divergence.
    """

    run: str
    number: int
    at: dt.datetime
    counts: tuple[tuple[str, str, int], ...]
    rules: tuple[tuple[str, int, int], ...]
    clusters: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Equal differences: `count` of modern to legacy, `noise` of legacy to itself."""

    signature: str
    capability: str
    route: str
    path: str
    kind: str
    count: int
    noise: int
    legacy: str
    modern: str
    first_at: dt.datetime
    last_at: dt.datetime


@dataclass(frozen=True, slots=True)
class RuleUse:
    """What one ignore rule hid, and would have hidden after it had expired."""

    name: str
    ignored: int
    expired: int
    last_at: dt.datetime


def read_report(document: bytes) -> Report | None:
    """Read a report of the stream; None where it is none."""
    try:
        content = json.loads(document)
        return Report(
            run=str(content["run"]),
            number=int(content["number"]),
            at=dt.datetime.fromtimestamp(float(content["at"]), tz=dt.UTC),
            counts=tuple((str(a), str(b), int(n)) for a, b, n in content["counts"]),
            rules=tuple((str(name), int(n), int(m)) for name, n, m in content["rules"]),
            clusters=tuple(_cluster(each) for each in content["clusters"]),
        )
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def install(connection: Connection[Any]) -> None:
    """Make the tables where they are missing."""
    with connection.transaction():
        connection.execute(
            resources.files("facade.parity").joinpath("divergences.sql").read_bytes()
        )


def take(connection: Connection[Any], documents: Sequence[bytes], *, now: dt.datetime) -> None:
    """Add reports to what is known, all of them or none."""
    with connection.transaction():
        for document in documents:
            if not _taken(connection, read_report(document)):
                _count(connection, [(TOTAL, UNREADABLE, 1)], now)
        connection.execute(_FORGET, (now - dt.timedelta(days=REPORTER_DAYS),))


def outcomes(
    connection: Connection[Any], *, since: dt.datetime, capability: str | None = None
) -> dict[str, dict[str, int]]:
    """Give how often each outcome came, by capability."""
    rows = connection.execute(_OUTCOMES, {"since": since, "capability": capability}).fetchall()
    found: dict[str, dict[str, int]] = {}
    for name, outcome, number in rows:
        found.setdefault(name, {})[outcome] = number
    return found


def clusters(
    connection: Connection[Any], *, since: dt.datetime, capability: str | None = None
) -> list[Cluster]:
    """Give the clusters that were seen lately, the largest first."""
    with connection.cursor(row_factory=class_row(Cluster)) as cursor:
        values = {"since": since, "capability": capability}
        return cursor.execute(_CLUSTERS, values).fetchall()


def rule_uses(connection: Connection[Any], *, since: dt.datetime) -> list[RuleUse]:
    """Give what the ignore rules did lately."""
    with connection.cursor(row_factory=class_row(RuleUse)) as cursor:
        return cursor.execute(_RULES, (since,)).fetchall()


def follower_lag(connection: Connection[Any]) -> float | None:
    """Give by how many seconds the follower was behind legacy when it last applied something; None
    where none has yet.
    """
    with connection.cursor(row_factory=scalar_row) as cursor:
        if cursor.execute("SELECT to_regclass('bridge.position')").fetchone() is None:
            return None
        return cursor.execute(_LAG).fetchone()


def _taken(connection: Connection[Any], report: Report | None) -> bool:
    """Add one report unless it was added before; False where it is none, or holds what no table
    takes: it must not keep those behind it from being read.
    """
    if report is None:
        return False
    try:
        with connection.transaction():
            if (missing := _missing(connection, report)) is not None:
                _add(connection, report, missing)
    except DataError:
        return False
    return True


def _missing(connection: Connection[Any], report: Report) -> int | None:
    """Note a report's number, and say how many before it never came; None when it was taken."""
    row = connection.execute(_LAST_NUMBER, (report.run,)).fetchone()
    last: int = row[0] if row else 0
    if report.number <= last:
        return None
    connection.execute(_SAVE_NUMBER, (report.run, report.number, report.at))
    return report.number - last - 1


def _add(connection: Connection[Any], report: Report, missing: int) -> None:
    lost = [(TOTAL, LOST, missing)] if missing else []
    _count(connection, [*report.counts, *lost], report.at)
    with connection.cursor() as cursor:
        cursor.executemany(_ADD_RULE, [(*rule, report.at) for rule in report.rules])
        cursor.executemany(_ADD_CLUSTER, [{**each, "at": report.at} for each in report.clusters])


def _count(
    connection: Connection[Any], counts: Iterable[tuple[str, str, int]], at: dt.datetime
) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(_ADD_COUNT, [(name, at, outcome, n) for name, outcome, n in counts])


def _cluster(content: dict[str, Any]) -> dict[str, Any]:
    texts = ("signature", "capability", "route", "path", "kind", "legacy", "modern")
    found: dict[str, Any] = {name: str(content[name]) for name in texts}
    return {**found, "count": int(content["count"]), "noise": int(content["noise"])}


COMPARED: Final = frozenset((Outcome.SAME, Outcome.LAG, Outcome.DIFFERENT))
"""Outcomes that are comparisons."""

_FORGET = "DELETE FROM bridge.parity_reporter WHERE last_at < %s"
_LAST_NUMBER = "SELECT number FROM bridge.parity_reporter WHERE run = %s FOR UPDATE"
_SAVE_NUMBER = """
    INSERT INTO bridge.parity_reporter (run, number, last_at) VALUES (%s, %s, %s)
    ON CONFLICT (run) DO UPDATE SET number = excluded.number, last_at = excluded.last_at
"""
_ADD_COUNT = """
    INSERT INTO bridge.parity (capability, hour, outcome, count)
    VALUES (%s, date_trunc('hour', %s::timestamptz), %s, %s)
    ON CONFLICT (capability, hour, outcome) DO UPDATE SET count = parity.count + excluded.count
"""
_ADD_RULE = """
    INSERT INTO bridge.parity_rule (name, ignored, expired, last_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT (name) DO UPDATE SET ignored = parity_rule.ignored + excluded.ignored,
        expired = parity_rule.expired + excluded.expired,
        last_at = greatest(parity_rule.last_at, excluded.last_at)
"""
_ADD_CLUSTER = """
    INSERT INTO bridge.divergence (signature, capability, route, path, kind, count, noise,
        legacy, modern, first_at, last_at)
    VALUES (%(signature)s, %(capability)s, %(route)s, %(path)s, %(kind)s, %(count)s, %(noise)s,
        %(legacy)s, %(modern)s, %(at)s, %(at)s)
    ON CONFLICT (signature) DO UPDATE SET count = divergence.count + excluded.count,
        noise = divergence.noise + excluded.noise, legacy = excluded.legacy,
        modern = excluded.modern, first_at = least(divergence.first_at, excluded.first_at),
        last_at = greatest(divergence.last_at, excluded.last_at)
"""
_OUTCOMES = """
    SELECT capability, outcome, sum(count)::bigint FROM bridge.parity
    WHERE hour >= date_trunc('hour', %(since)s::timestamptz)
        AND (%(capability)s::text IS NULL OR capability = %(capability)s)
    GROUP BY 1, 2 ORDER BY 1, 2
"""
_CLUSTERS = """
    SELECT signature, capability, route, path, kind, count, noise, legacy, modern, first_at, last_at
    FROM bridge.divergence
    WHERE last_at >= %(since)s AND (%(capability)s::text IS NULL OR capability = %(capability)s)
    ORDER BY count DESC, noise DESC, signature
"""
_RULES = """
    SELECT name, ignored, expired, last_at FROM bridge.parity_rule WHERE last_at >= %s ORDER BY name
"""
_LAG = """
    SELECT greatest(extract(epoch FROM heard_at - source_at), 0)::float8 FROM bridge.position
"""
