"""What a subcommand of `etl` is, and what several of them ask of the command line."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from etl import mysql, postgres
from etl.errors import SettingsInvalid
from etl.mysql import Source
from etl.postgres import Target
from etl.settings import EtlSettings
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
