"""`etl`: finds the subcommand, runs it, and turns what the ETL raises into one line and code 2."""

import argparse
import sys
from collections.abc import Sequence

from etl.errors import EtlError
from etl.settings import EtlSettings
from etl.subcommands import (
    backfill_command,
    commands,
    conflicts_command,
    doctor_command,
    rehearse_command,
    report_command,
    retry_command,
    tables_command,
    verify_command,
    write_back_command,
)
from etl.subcommands.commands import Command

COMMANDS: tuple[Command, ...] = (
    rehearse_command.COMMAND,
    doctor_command.COMMAND,
    tables_command.COMMAND,
    commands.INSTALL,
    backfill_command.COMMAND,
    *commands.FORWARD,
    write_back_command.COMMAND,
    conflicts_command.COMMAND,
    report_command.COMMAND,
    retry_command.COMMAND,
    verify_command.COMMAND,
)
_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command: 0 it is done, 1 it is not finished or found differences, 2 it cannot be."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except EtlError as error:
        sys.stderr.write(f"etl: {error}\n")
        return _USAGE


def _run(options: argparse.Namespace) -> int:
    command: Command = options.command
    settings = EtlSettings.from_environment(
        needs_modern=command.needs_modern, needs_legacy=command.needs_legacy
    )
    return command.run(settings, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="etl", description="Rows from legacy MySQL and back.")
    choices = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        choice = choices.add_parser(command.name, help=command.help, description=command.help)
        command.add_arguments(choice)
        choice.set_defaults(command=command)
    return parser
