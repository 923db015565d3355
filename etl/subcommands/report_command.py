"""`etl report`: parse, read the account, print it and write it where it is asked for."""

import argparse
import json
from pathlib import Path

from rich.console import Console

from etl.errors import SettingsInvalid
from etl.report import account
from etl.report.account import Account
from etl.settings import EtlSettings
from etl.subcommands.commands import Command, connected, say


def _run(settings: EtlSettings, arguments: argparse.Namespace) -> int:
    with connected(settings) as (source, target):
        current = account.read(source, target.connection)
    if arguments.json:
        say(json.dumps(account.as_json(current)))
    _publish(current, arguments)
    return 0


def _publish(current: Account, arguments: argparse.Namespace) -> None:
    # Here, because to import pandas takes longer than most commands run.
    from etl.report import frames, page, terminal  # noqa: PLC0415 - see above

    parts = frames.frames(current)
    if not arguments.json:
        terminal.show(parts, current.line, Console())
    try:
        if arguments.csv:
            frames.write(parts, arguments.csv)
        if arguments.html:
            arguments.html.write_text(page.html(current, parts), "utf-8")
    except OSError as error:
        raise SettingsInvalid(
            f"{error.filename} cannot be written ({error.strerror}): name another place"
        ) from error


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write one HTML page as well")
    parser.add_argument("--csv", type=Path, metavar="DIR", help="write CSV files as well")


COMMAND = Command(
    "report", "say what became of legacy's rows, never their values", _arguments, _run
)
