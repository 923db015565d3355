"""`etl conflicts`: parse, read bridge.conflict, print; values only where they are asked for."""

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime

from etl import postgres
from etl.back import conflicts
from etl.back.conflicts import Conflict, Count, Filter
from etl.back.policies import require_mapped
from etl.settings import EtlSettings
from etl.subcommands.commands import Command, positive, say

LIMIT = 50
_OPERATIONS = {"I": "insert", "U": "update", "D": "delete"}


def _run(settings: EtlSettings, arguments: argparse.Namespace) -> int:
    if arguments.table:
        require_mapped(arguments.table)
    wanted = Filter(arguments.table, arguments.since)
    with closing(postgres.connect(settings.modern)) as connection:
        found = conflicts.newest(connection, wanted, limit=arguments.limit)
        counts = conflicts.counts(connection, wanted)
    if arguments.json:
        say(json.dumps(_document(found, counts, values=arguments.values)))
    else:
        for line in _lines(found, counts, values=arguments.values):
            say(line)
    return 0


def _document(
    found: Sequence[Conflict], counts: Sequence[Count], *, values: bool
) -> dict[str, object]:
    return {
        "counts": [
            {"table": count.source, "policy": count.policy, "count": count.count}
            for count in counts
        ],
        "conflicts": [_entry(conflict, values=values) for conflict in found],
    }


def _entry(conflict: Conflict, *, values: bool) -> dict[str, object]:
    entry: dict[str, object] = {
        "entry": conflict.seq,
        "at": conflict.at.astimezone(UTC).isoformat(),
        "table": conflict.source,
        "key": conflict.key,
        "op": conflict.op,
        "policy": conflict.policy,
        "columns": conflict.columns,
    }
    if values:
        entry["values"] = {
            column: {name: _spelled(value) for name, value in images.items()}
            for column, images in conflict.values().items()
        }
    return entry


def _lines(found: Sequence[Conflict], counts: Sequence[Count], *, values: bool) -> Iterator[str]:
    for conflict in found:
        at = conflict.at.astimezone(UTC)
        yield (
            f"entry {conflict.seq}, {at:%Y-%m-%d %H:%M:%S} UTC: {conflict.source} {conflict.key}, "
            f"{_OPERATIONS[conflict.op]}: {conflict.policy}; "
            f"differs in {', '.join(conflict.columns) or 'no column'}"
        )
        for column, images in conflict.values().items() if values else ():
            words = (f"{name} {_spelled(value)!r}" for name, value in images.items())
            yield f"    {column}: {', '.join(words)}"
    yield from (f"{count.source}: {count.count} {count.policy}" for count in counts)
    if not counts:
        yield "no conflict"


def _spelled(value: object) -> str | None:
    return None if value is None else str(value)


def _moment(value: str) -> datetime:
    """Read a day or a moment from the command line; UTC unless it says otherwise."""
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# argparse names the type where a value cannot be read.
_moment.__name__ = "date"


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--table", metavar="NAME", help="only this legacy table")
    parser.add_argument(
        "--since", type=_moment, metavar="DATE", help="only since 2026-01-31, or 2026-01-31T12:00"
    )
    parser.add_argument(
        "--limit",
        type=positive,
        default=LIMIT,
        metavar="N",
        help="conflicts listed at most, all are counted (%(default)s)",
    )
    parser.add_argument(
        "--values", action="store_true", help="show what differs: this is personal data"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


COMMAND = Command(
    "conflicts",
    "list modern writes that met a change of legacy, or that legacy did not take as they were",
    _arguments,
    _run,
)
