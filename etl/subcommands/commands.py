"""What a subcommand of `etl` is, and the commands of the forward direction: parse, call, print."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from etl import install, metrics, mysql, postgres, status
from etl.back import conflicts
from etl.errors import SettingsInvalid
from etl.following import follow
from etl.mysql import Source
from etl.postgres import Target
from etl.settings import EtlSettings
from etl.stopping import Stop
from etl.tables import ALL, BY_SOURCE, TableMap


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand: `add_arguments` declares its options, `run` gives the exit code.

    One that does not need modern runs where there is no PostgreSQL yet; one that needs neither
    finds its databases by itself.
    """

    name: str
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[EtlSettings, argparse.Namespace], int]
    needs_modern: bool = True
    needs_legacy: bool = True


@contextmanager
def connected(settings: EtlSettings) -> Iterator[tuple[Source, Target]]:
    """Connect to both databases for the time of a command."""
    with (
        postgres.translated(),
        closing(postgres.connect(settings.modern)) as modern,
        closing(mysql.connect(settings.legacy)) as legacy,
    ):
        target = Target(modern)
        try:
            yield Source(legacy), target
        finally:
            # A long command may have made its connection anew.
            target.connection.close()


def say(line: str) -> None:
    """Print one line of progress, at once even into a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def add_tables(parser: argparse.ArgumentParser) -> None:
    """Declare `--tables`, by the legacy names."""
    parser.add_argument("--tables", nargs="+", metavar="NAME", help="only these legacy tables")


def chosen_tables(names: Sequence[str] | None) -> Sequence[TableMap]:
    """Give the maps of the named mapped tables, which modern writes; raise SettingsInvalid."""
    if not names:
        return ALL
    for name in names:
        if name not in BY_SOURCE:
            raise SettingsInvalid(
                f"there is no table map for {name}: choose from {', '.join(BY_SOURCE)}"
            )
    return tuple(table for table in ALL if table.source in names)


def _install(settings: EtlSettings, arguments: argparse.Namespace) -> int:
    with connected(settings) as (source, target):
        inventory = source.inventory()
        install.install(source, target, inventory, dry_run=arguments.dry_run, report=say)
    return 0


def _install_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say what would be done")


def _follow(settings: EtlSettings, arguments: argparse.Namespace) -> int:
    options = follow.Options(
        until_caught_up=arguments.until_caught_up,
        accept=arguments.accept_schema or (),
        after_failover=arguments.after_failover,
    )
    with Stop.on_signals() as stop:
        follow.follow(settings, options, stop=stop, report=say)
    return 0


def _follow_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--until-caught-up", action="store_true", help="stop where the log ends now"
    )
    parser.add_argument(
        "--after-failover",
        action="store_true",
        help="find the place by GTID if this is another server than before",
    )
    parser.add_argument(
        "--accept-schema",
        nargs="+",
        metavar="NAME",
        help="go on with these legacy tables after their definition changed",
    )


def _status(settings: EtlSettings, arguments: argparse.Namespace) -> int:
    with connected(settings) as (source, target):
        current = status.status(source, target.connection)
        settled = conflicts.counts(target.connection)
    if arguments.json:
        say(json.dumps(status.as_json(current)))
    elif arguments.prometheus:
        say("\n".join(metrics.lines(current, settled)))
    else:
        for line in status.as_lines(current):
            say(line)
    return 0


def _status_arguments(parser: argparse.ArgumentParser) -> None:
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON document")
    form.add_argument("--prometheus", action="store_true", help="print metrics for Prometheus")


def positive(value: str) -> int:
    """Read a number of rows from the command line."""
    number = int(value)
    if number < 1:
        raise argparse.ArgumentTypeError("has to be 1 or more")
    return number


def share(value: str) -> float:
    """Read a share of the time from the command line."""
    found = float(value)
    if not 0 < found <= 1:
        raise argparse.ArgumentTypeError("has to be above 0 and at most 1")
    return found


INSTALL = Command("install", "prepare both databases for the bridge", _install_arguments, _install)
FORWARD = (
    Command("follow", "apply legacy's changes to modern", _follow_arguments, _follow),
    Command("status", "say how far everything is", _status_arguments, _status),
)
