"""`etl backfill` on the command line: parse, call, print."""

import argparse

from etl import exclusive
from etl.copying import backfill, held_indexes, pausing
from etl.copying.backfill import Backfill, Options
from etl.copying.planning import Plan
from etl.copying.throttle import THREADS_RUNNING, Limits
from etl.copying.worker import CHUNK_ROWS
from etl.errors import SettingsInvalid
from etl.exclusive import Direction
from etl.following import recopies
from etl.mysql import Source
from etl.postgres import Target
from etl.settings import EtlSettings
from etl.stopping import Stop
from etl.subcommands import commands, recopy_command
from etl.subcommands.commands import Command, positive, say

NOT_FINISHED = 1


def _run(settings: EtlSettings, arguments: argparse.Namespace) -> int:
    if arguments.pause or arguments.resume:
        return _pause(settings, resume=arguments.resume)
    with Stop.on_signals() as stop, commands.connected(settings) as (source, target):
        tables = source.inventory().chosen(arguments.tables)
        if not arguments.dry_run and exclusive.is_claimed(target.connection, Direction.FOLLOWING):
            return _beside(source, target, arguments, stop=stop)
        if arguments.keys is not None:
            raise SettingsInvalid("--keys is for a running follower: start `etl follow` first")
        plan = Plan(
            tables=tables,
            chunk=arguments.chunk,
            resnapshot=arguments.resnapshot,
            everything=not arguments.tables,
        )
        if arguments.dry_run:
            summary = backfill.rehearse(source, plan, arguments.limit, say)
        else:
            options = _options(settings, arguments)
            summary = Backfill(settings, source, target, plan, options).run(stop, say)
            if plan.resnapshot and summary.finished:
                recopies.drop(target.connection, [table.source for table in tables])
    for line in summary.lines():
        say(line)
    return 0 if summary.finished else NOT_FINISHED


def _beside(source: Source, target: Target, arguments: argparse.Namespace, *, stop: Stop) -> int:
    """Let the follower that runs copy the tables; indexes that a copy left are made here."""
    tables = source.inventory().chosen(arguments.tables)
    numbers = recopy_command.hand_over(
        source, target, tables, resnapshot=arguments.resnapshot, keys=arguments.keys
    )
    if numbers:
        say(f"a follower runs: it copies {len(numbers)} tables beside the log")
        if not recopy_command.watch(target.connection, numbers, stop=stop, report=say):
            return NOT_FINISHED
    else:
        say("a follower runs, and there is nothing to copy: --resnapshot copies anew")
    names = [table.source for table in tables]
    while (index := held_indexes.make_next(target, names)) is not None:
        say(f"made the index {index}")
    return 0


def _options(settings: EtlSettings, arguments: argparse.Namespace) -> Options:
    if arguments.celery and (not settings.broker or arguments.limit is not None):
        raise SettingsInvalid("--celery needs REDIS_URL, and does not go with --limit")
    limits = Limits(arguments.max_rate, arguments.max_running, arguments.max_lag)
    return Options(arguments.workers, arguments.limit, limits, arguments.celery)


def _pause(settings: EtlSettings, *, resume: bool) -> int:
    with commands.connected(settings) as (_, target), target.transaction():
        if resume:
            pausing.resume(target.connection)
        else:
            pausing.pause(target.connection)
    say("backfills go on" if resume else "backfills rest after the chunk that they are at")
    return 0


def _arguments(parser: argparse.ArgumentParser) -> None:
    commands.add_tables(parser)
    parser.add_argument(
        "--chunk",
        type=positive,
        default=CHUNK_ROWS,
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
    _add_workers(parser)
    rest = parser.add_mutually_exclusive_group()
    rest.add_argument("--pause", action="store_true", help="let all backfills rest, and end")
    rest.add_argument("--resume", action="store_true", help="let them go on, and end")


def _add_workers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workers",
        type=_workers,
        metavar="N",
        help="processes that copy; as many as the rows are worth if it is not given",
    )
    parser.add_argument(
        "--celery",
        action="store_true",
        help="let workers started by `celery -A etl.celery worker` copy, on whatever machines",
    )
    parser.add_argument("--max-rate", type=positive, metavar="N", help="rows a second at most")
    parser.add_argument(
        "--max-running",
        type=positive,
        default=THREADS_RUNNING,
        metavar="N",
        help="rest while more threads than these run on legacy (%(default)s)",
    )
    parser.add_argument(
        "--max-lag",
        type=positive,
        metavar="SECONDS",
        help="rest while the replica that is read is further behind",
    )


def _workers(value: str) -> int:
    number = positive(value)
    if number > backfill.MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"has to be {backfill.MOST_WORKERS} or less")
    return number


COMMAND = Command("backfill", "copy legacy's rows to modern", _arguments, _run)
