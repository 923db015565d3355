"""``python -m tests.legacy_lms.database load | reset``: parse, call one function, exit code."""

import argparse
import sys
from collections.abc import Sequence

from tests.legacy_lms.database import SandboxError, load, reset
from tests.legacy_lms.database.settings import legacy_database_url


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it worked, 2 with one line on stderr when it could not."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except SandboxError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.legacy_lms.database")
    commands = parser.add_subparsers(required=True)
    loading = commands.add_parser("load", help="make the tables and put the recorded rows in place")
    loading.add_argument("--no-rows", action="store_true", help="make the tables only")
    loading.set_defaults(run=_load)
    resetting = commands.add_parser("reset", help="put the recorded rows back")
    resetting.add_argument("tables", nargs="*", help="only these tables (all)")
    resetting.set_defaults(run=_reset)
    for command in (loading, resetting):
        command.add_argument(
            "--url",
            default=legacy_database_url() or "",
            help="mysql://user:password@host:port/database (LEGACY_DATABASE_URL)",
        )
    return parser


def _load(options: argparse.Namespace) -> None:
    load(options.url, rows=not options.no_rows)


def _reset(options: argparse.Namespace) -> None:
    reset(options.url, options.tables or None)


if __name__ == "__main__":
    sys.exit(main())
