"""``python -m tests.legacy_lms.database load | generate | reset``: parse, call, exit code."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import fields

from tests.legacy_lms.database import SandboxError, load, reset
from tests.legacy_lms.database.generator import Plan, generate
from tests.legacy_lms.database.generator.progress import Progress
from tests.legacy_lms.database.settings import legacy_database_url

STOPPED = 128 + signal.SIGTERM


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it worked, 2 with one line on stderr when it could not."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except SandboxError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.legacy_lms.database")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    loading = commands.add_parser("load", help="make the tables and put the recorded rows in place")
    loading.add_argument("--no-rows", action="store_true", help="make the tables only")
    loading.add_argument("--anew", action="store_true", help="drop what was loaded before")
    loading.set_defaults(run=_load)
    making = commands.add_parser("generate", help="add rows of the same kind, as many as you like")
    _add_plan(making)
    making.set_defaults(run=_generate)
    resetting = commands.add_parser("reset", help="put the recorded rows back, drop all others")
    resetting.add_argument("tables", nargs="*", help="only these tables (all)")
    resetting.set_defaults(run=_reset)
    for command in (loading, making, resetting):
        command.add_argument(
            "--url",
            default=legacy_database_url() or "",
            help="mysql://user:password@host:port/database (LEGACY_DATABASE_URL)",
        )
    return parser


def _add_plan(command: argparse.ArgumentParser) -> None:
    for field in fields(Plan):
        if field.type is int:
            help_text = f"default {field.default}"
            command.add_argument(f"--{field.name}", type=int, default=field.default, help=help_text)
    command.add_argument("--ugly", action="store_true", help="mix in what only old databases hold")


def _load(options: argparse.Namespace) -> int:
    load(options.url, rows=not options.no_rows, anew=options.anew)
    return 0


def _generate(options: argparse.Namespace) -> int:
    plan = Plan(**{field.name: getattr(options, field.name) for field in fields(Plan)})
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    outcome = generate(options.url, plan, report=_Display(), stopped=stop.is_set)
    total = sum(outcome.rows.values())
    sys.stdout.write(f"{'done' if outcome.finished else 'stopped'}: {total:,} rows\n")
    return 0 if outcome.finished else STOPPED


class _Display:
    """Shows each table at most once a second, and at its end."""

    def __init__(self) -> None:
        self._shown: tuple[str, int] = ("", 0)

    def __call__(self, progress: Progress) -> None:
        now = (progress.table, int(progress.seconds))
        if now != self._shown or progress.done == progress.total:
            sys.stderr.write(f"{progress}\n")
        self._shown = now


def _reset(options: argparse.Namespace) -> int:
    reset(options.url, options.tables or None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
