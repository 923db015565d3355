"""`etl`: finds the subcommand, runs it, and turns what the ETL raises into one line and code 2.

Only the subcommand that is asked for is imported: all of them take longer than most commands run,
and each worker of a backfill would keep them in its memory.
"""

import argparse
import importlib
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from etl.errors import EtlError
from etl.settings import EtlSettings

if TYPE_CHECKING:
    from etl.subcommands.commands import Command

NAMES = (
    "rehearse",
    "doctor",
    "tables",
    "install",
    "backfill",
    "follow",
    "status",
    "write-back",
    "conflicts",
    "report",
    "retry",
    "verify",
)
_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command: 0 it is done, 1 it is not finished or found differences, 2 it cannot be."""
    given = sys.argv[1:] if arguments is None else arguments
    # To list the commands, or to say which there are, takes all of them.
    asked = [name for name in NAMES if name in given[:1]]
    options = _parser(asked or NAMES).parse_args(given)
    try:
        return _run(options)
    except EtlError as error:
        sys.stderr.write(f"etl: {error}\n")
        return _USAGE


def module(name: str) -> str:
    """Name the module that holds a command."""
    return f"etl.subcommands.{name.replace('-', '_')}_command"


def _run(options: argparse.Namespace) -> int:
    command: Command = options.command
    settings = EtlSettings.from_environment(
        needs_modern=command.needs_modern, needs_legacy=command.needs_legacy
    )
    return command.run(settings, options)


def _parser(names: Iterable[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="etl", description="Rows from legacy MySQL and back.")
    choices = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in names:
        command: Command = importlib.import_module(module(name)).COMMAND
        choice = choices.add_parser(command.name, help=command.help, description=command.help)
        command.add_arguments(choice)
        choice.set_defaults(command=command)
    return parser
