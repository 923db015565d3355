"""`etl tables`: every table of the legacy database with its class; reads nothing but its schema."""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict

from etl import mysql
from etl.inventory import Inventory
from etl.mysql import Source
from etl.settings import EtlSettings
from etl.subcommands.commands import Command, say
from etl.tables.classes import Class


def _run(settings: EtlSettings, arguments: argparse.Namespace) -> int:
    with closing(mysql.connect(settings.legacy)) as legacy:
        inventory = Source(legacy).inventory()
    if arguments.json:
        say(json.dumps(_document(inventory)))
    else:
        for line in _lines(inventory):
            say(line)
    return 0


def _document(inventory: Inventory) -> dict[str, object]:
    tables = [asdict(table) for table in inventory.listed]
    return {"tables": tables, **_counts(inventory)}


def _lines(inventory: Inventory) -> Iterator[str]:
    width = max((len(table.name) for table in inventory.listed), default=0)
    for table in inventory.listed:
        extra = " (extra)" if table.extra else ""
        yield f"{table.name:{width}}  {table.kind:8}  {table.reason}{extra}"
    counts = ", ".join(f"{count} {kind}" for kind, count in _counts(inventory).items())
    yield f"{len(inventory.listed)} tables: {counts}"


def _counts(inventory: Inventory) -> dict[str, int]:
    found = Counter(table.kind for table in inventory.listed)
    extra = sum(table.extra for table in inventory.listed)
    return {**{str(kind): found[kind] for kind in Class}, "extra": extra}


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document")


COMMAND = Command(
    "tables", "list every legacy table with its class", _arguments, _run, needs_modern=False
)
