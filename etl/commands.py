"""What a subcommand of `etl` is, and the commands of the forward direction: parse, call, print."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from etl import (
    backfill,
    conflicts,
    exclusive,
    follow,
    install,
    metrics,
    mysql,
    postgres,
    recopies,
    recopy_command,
    status,
)
from etl.errors import SettingsInvalid
from etl.exclusive import Direction
from etl.mysql import Source
from etl.postgres import Target
from etl.settings import EtlSettings
from etl.stopping import Stop
from etl.tables import ALL, BY_SOURCE, TableMap

NOT_FINISHED = 1


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand: `add_arguments` declares its options, `run` gives the exit code.

    One that does not need modern runs where there is no PostgreSQL yet.
    """

    name: str
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[EtlSettings, argparse.Namespace], int]
    needs_modern: bool = True


@contextmanager
def connected(settings: EtlSettings) -> Iterator[tuple[Source, Target]]:
    """Connect to both databases for the time of a command."""
    with (
        postgres.translated(),
        closing(postgres.connect(settings.modern)) as modern,
        closing(mysql.connect(settings.legacy)) as legacy,
    ):
        yield Source(legacy), Target(modern)


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


def _backfill(settings: EtlSettings, arguments: argparse.Namespace) -> int:
    with Stop.on_signals() as stop, connected(settings) as (source, target):
        tables = source.inventory().chosen(arguments.tables)
        if not arguments.dry_run and exclusive.is_claimed(target.connection, Direction.FOLLOWING):
            return _backfill_beside(source, target, arguments, stop=stop)
        if arguments.keys is not None:
            raise SettingsInvalid("--keys is for a running follower: start `etl follow` first")
        options = backfill.Options(
            tables=tables,
            chunk=arguments.chunk,
            limit=arguments.limit,
            resnapshot=arguments.resnapshot,
            everything=not arguments.tables,
        )
        if arguments.dry_run:
            summary = backfill.rehearse(source, options, say)
        else:
            summary = backfill.backfill(source, target, options, stop=stop, report=say)
            if options.resnapshot and summary.finished:
                recopies.drop(target.connection, [table.source for table in tables])
    for line in summary.lines():
        say(line)
    return 0 if summary.finished else NOT_FINISHED


def _backfill_beside(
    source: Source, target: Target, arguments: argparse.Namespace, *, stop: Stop
) -> int:
    """Let the follower that runs copy the tables."""
    tables = source.inventory().chosen(arguments.tables)
    numbers = recopy_command.hand_over(
        source, target, tables, resnapshot=arguments.resnapshot, keys=arguments.keys
    )
    if not numbers:
        say("a follower runs, and there is nothing to copy: --resnapshot copies anew")
        return 0
    say(f"a follower runs: it copies {len(numbers)} tables beside the log")
    finished = recopy_command.watch(target.connection, numbers, stop=stop, report=say)
    return 0 if finished else NOT_FINISHED


def _backfill_arguments(parser: argparse.ArgumentParser) -> None:
    add_tables(parser)
    parser.add_argument(
        "--chunk",
        type=positive,
        default=backfill.CHUNK_ROWS,
        metavar="N",
        help="rows read and committed at once (%(default)s)",
    )
    parser.add_argument("--limit", type=positive, metavar="N", help="rows of each table at most")
    parser.add_argument("--dry-run", action="store_true", help="read and convert, write nothing")
    parser.add_argument(
        "--resnapshot",
        action="store_true",
        help="copy from the beginning, and delete what legacy no longer has",
    )
    parser.add_argument(
        "--keys",
        type=recopy_command.KeyRange.parse,
        metavar="A:B",
        help="with --resnapshot and one table, beside a follower: only these keys, both included",
    )


def _follow(settings: EtlSettings, arguments: argparse.Namespace) -> int:
    options = follow.Options(
        until_caught_up=arguments.until_caught_up, accept=arguments.accept_schema or ()
    )
    with Stop.on_signals() as stop:
        follow.follow(settings, options, stop=stop, report=say)
    return 0


def _follow_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--until-caught-up", action="store_true", help="stop where the log ends now"
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


FORWARD = (
    Command("install", "prepare both databases for the bridge", _install_arguments, _install),
    Command("backfill", "copy legacy's rows to modern", _backfill_arguments, _backfill),
    Command("follow", "apply legacy's changes to modern", _follow_arguments, _follow),
    Command("status", "say how far everything is", _status_arguments, _status),
)
