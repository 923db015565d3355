"""`etl verify`: parse, compare table by table, print; code 1 when something differs."""

import argparse
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import partial

from etl import reconnecting, settling
from etl.exclusive import Former
from etl.settings import EtlSettings
from etl.stopping import Stop
from etl.subcommands.commands import Command, add_tables, connected, positive, say, share
from etl.verification.continuous import Continuous, Reports
from etl.verification.deep_compare import EVERY
from etl.verification.verify import CHUNK, Verified
from etl.verification.verifying import Options, Pass

DIFFERENT = 1
# A tenth of the time of one connection to each side leaves the servers to their users.
_QUIET_LOAD = 0.1
_SHOWN = 20
_REPORT_SECONDS = 1.0


def _run(settings: EtlSettings, arguments: argparse.Namespace) -> int:
    options = _options(arguments)
    with Stop.on_signals() as stop:
        if arguments.continuous:
            return _keep_verifying(settings, arguments, options, stop)
        return _verify_once(settings, arguments, options, stop)


def _options(arguments: argparse.Namespace) -> Options:
    load = arguments.load or (_QUIET_LOAD if arguments.continuous else 1.0)
    return Options(
        arguments.chunk,
        documents=arguments.documents,
        quick=arguments.quick,
        repair=arguments.repair,
        load=load,
    )


def _verify_once(
    settings: EtlSettings, arguments: argparse.Namespace, options: Options, stop: Stop
) -> int:
    began = time.monotonic()
    found: dict[str, Verified] = {}
    with connected(settings) as (source, target):
        for table in source.inventory().chosen(arguments.tables):
            if stop.requested():
                break
            settle = partial(settling.settle, source, target.connection, stop)
            one = Pass(source, target, table, options, stop, settle)
            found[table.source] = _table(one, silent=arguments.json)
    if arguments.json:
        say(json.dumps({name: asdict(verified) for name, verified in found.items()}))
    else:
        say(_verdict(found, time.monotonic() - began, complete=not stop.requested()))
    differs = any(verified.different for verified in found.values())
    return DIFFERENT if differs or stop.requested() else 0


def _keep_verifying(
    settings: EtlSettings, arguments: argparse.Namespace, options: Options, stop: Stop
) -> int:
    start = partial(
        Continuous.start,
        settings,
        arguments.tables,
        options,
        stop=stop,
        reports=Reports(verified=_say_all, line=say),
        former=Former(),
    )
    reconnecting.keep_going(start, stop=stop, report=say)
    say("stopped")
    return 0


def _table(one: Pass, *, silent: bool) -> Verified:
    """Verify a table, and say now and then how far it is and how fast."""
    name, total = one.table.source, Verified()
    began = said = time.monotonic()
    for verified in one.parts():
        total += verified
        now = time.monotonic()
        if not silent and now - said >= _REPORT_SECONDS:
            said = now
            rate = total.rows / max(now - began, 1e-3)
            say(f"{name}: {total.rows} rows so far, {rate:,.0f} rows/s")
    if not silent:
        _say_all(name, total)
    return total


def _say_all(name: str, total: Verified) -> None:
    for line in _lines(name, total):
        say(line)


def _lines(name: str, total: Verified) -> Iterator[str]:
    words = [
        f"{total.rows} rows",
        "" if total.different else "equal",
        f"{total.set_aside} set aside" if total.set_aside else "",
        f"{total.repaired} repaired" if total.repaired else "",
        f"{len(total.divergences)} DIFFERENT" if total.divergences else "",
        f"{len(total.totals)} totals DIFFERENT" if total.totals else "",
    ]
    yield f"{name}: {', '.join(word for word in words if word)}"
    for divergence in total.divergences[:_SHOWN]:
        columns = f" in {', '.join(divergence.columns)}" if divergence.columns else ""
        yield f"  {divergence.key}: {divergence.kind}{columns}"
    if len(total.divergences) > _SHOWN:
        yield f"  and {len(total.divergences) - _SHOWN} more: --json prints all of them"
    for unequal in total.totals[:_SHOWN]:
        yield f"  {unequal}"


def _verdict(found: Mapping[str, Verified], seconds: float, *, complete: bool) -> str:
    total = sum(found.values(), Verified())
    scope = f"{len(found)} tables, {total.rows} rows in {seconds:.1f} s"
    if total.repaired:
        scope += f", {total.repaired} repaired"
    if not complete:
        return f"stopped before the end: {scope}, {total.different} different so far"
    different = f"{len(total.divergences)} rows differ"
    if total.totals:
        different += f", {len(total.totals)} totals differ"
    return f"{scope}: {different if total.different else 'both sides are equal'}"


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_tables(parser)
    parser.add_argument(
        "--chunk",
        type=positive,
        default=CHUNK,
        metavar="N",
        help="rows compared at once (%(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--documents",
        type=positive,
        default=EVERY,
        metavar="N",
        help="JSON is compared by checksums, and by itself in one row of N (%(default)s)",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="which rows there are, and totals, but not what the rows hold",
    )
    parser.add_argument(
        "--repair",
        action="store_true",
        help="read rows that differ anew from legacy, store them and compare again",
    )
    parser.add_argument(
        "--continuous",
        action="store_true",
        help="table after table until stopped; `etl status` says how fresh each one is",
    )
    parser.add_argument(
        "--load",
        type=share,
        metavar="SHARE",
        help=f"share of the time to be at work (1; with --continuous {_QUIET_LOAD})",
    )


COMMAND = Command("verify", "compare both sides row by row", _arguments, _run)
