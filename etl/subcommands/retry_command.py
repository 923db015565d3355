"""`etl retry`: parse, try rows that are set aside again, print; code 1 when some stay."""

import argparse

from etl.errors import SettingsInvalid
from etl.retry import Retried, Retry
from etl.settings import EtlSettings
from etl.stopping import Stop
from etl.subcommands.commands import Command, add_tables, connected, say

_SOME_STAY = 1


def _run(settings: EtlSettings, arguments: argparse.Namespace) -> int:
    if arguments.key is not None and len(arguments.tables or ()) != 1:
        raise SettingsInvalid("--key goes with one table: name it by --tables")
    total = Retried()
    with Stop.on_signals() as stop, connected(settings) as (source, target):
        for table in source.inventory().chosen(arguments.tables):
            one = Retry(source, target, table, arguments.key, rehearsal=arguments.dry_run)
            retried = one.run(stop)
            if retried.tried:
                say(f"{table.source}: {retried}")
            total += retried
            if stop.requested():
                break
    would = "would be " if arguments.dry_run else ""
    stored = total.tried - total.left.total()
    say(f"{total.tried} rows tried, {stored} {would}stored, {total.left.total()} stay set aside")
    return _SOME_STAY if total.left else 0


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_tables(parser)
    parser.add_argument("--key", metavar="KEY", help="with one table: only the row with this key")
    parser.add_argument(
        "--dry-run", action="store_true", help="try, say what came of it, and undo it"
    )


COMMAND = Command("retry", "try rows that are set aside again", _arguments, _run)
