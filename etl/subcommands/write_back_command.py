"""`etl write-back`: parse, run the worker until it is stopped, print."""

import argparse
from functools import partial

from etl.back.legacy_cache import LegacyCache
from etl.back.outbox import Outbox
from etl.back.policies import Policies, Policy
from etl.back.write_back import Carried, WriteBack
from etl.exclusive import Former
from etl.reconnecting import keep_going
from etl.settings import EtlSettings
from etl.stopping import Stop
from etl.subcommands.commands import Command, connected, say


def _run(settings: EtlSettings, arguments: argparse.Namespace) -> int:
    policies = Policies.parse(arguments.policy, arguments.policy_of)
    if arguments.dry_run:
        return _rehearse(settings)
    stop, totals = Stop.on_signals(), _Totals()
    cache = LegacyCache(settings.caches, settings.cache_prefix, say)
    start = partial(
        WriteBack.start,
        settings,
        policies=policies,
        until_empty=arguments.until_empty,
        stop=stop,
        report=totals.add,
        cache=cache,
        former=Former(),
    )
    say(f"carrying modern writes to legacy; where both sides wrote, {policies}")
    keep_going(start, stop=stop, report=say)
    say(f"stopped: {totals.line()}")
    if settings.caches:
        say(
            f"legacy's caches: {cache.deleted} users deleted, {cache.failures} attempts failed, "
            f"{cache.waiting} may still be stale"
        )
    return 0


def _rehearse(settings: EtlSettings) -> int:
    with connected(settings) as (source, target):
        waiting = Outbox(target.connection).waiting(after=source.acked())
    for name, count in waiting.items():
        say(f"{name}: {count} modern writes are waiting for legacy")
    if not waiting:
        say("no modern write is waiting for legacy")
    return 0


class _Totals:
    """Adds up what is carried over, whatever connections it went over."""

    def __init__(self) -> None:
        self._total = Carried()

    def add(self, carried: Carried) -> None:
        self._total += carried
        if carried.conflicts:
            say(f"{carried.conflicts} conflicts: see `etl conflicts`, up to entry {carried.upto}")

    def line(self) -> str:
        total = self._total
        return (
            f"{total.written} written, {total.same} were the same already, "
            f"{total.conflicts} conflicts"
        )


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--policy",
        choices=[str(policy) for policy in Policy],
        default=str(Policy.LEGACY),
        help="whose write stands when both sides changed one value (%(default)s)",
    )
    parser.add_argument(
        "--policy-of",
        action="append",
        default=[],
        metavar="TABLE=POLICY",
        help="the policy of one legacy table, may be repeated",
    )
    parser.add_argument("--until-empty", action="store_true", help="stop when nothing waits")
    parser.add_argument("--dry-run", action="store_true", help="count what waits, write nothing")


COMMAND = Command("write-back", "carry modern's writes to legacy", _arguments, _run)
