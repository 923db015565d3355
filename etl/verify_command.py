"""`etl verify`: parse, compare table by table, print; code 1 when something differs."""

import argparse
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import partial

from etl import checkpoints, settling
from etl.commands import Command, add_tables, connected, positive, say
from etl.mysql import Source
from etl.postgres import Connection, translated
from etl.settings import EtlSettings
from etl.sides import LegacySide, ModernSide
from etl.stopping import Stop
from etl.tables import TableMap
from etl.verify import CHUNK, Verified, Verifier

DIFFERENT = 1
_SHOWN = 20
_REPORT_SECONDS = 1.0


def _run(settings: EtlSettings, arguments: argparse.Namespace) -> int:
    stop, began = Stop.on_signals(), time.monotonic()
    found: dict[str, Verified] = {}
    with connected(settings) as (source, target):
        for table in source.inventory().chosen(arguments.tables):
            progress = _Progress(table.source, silent=arguments.json)
            found[table.source] = progress.total
            verifier = _verifier(source, target.connection, table, stop)
            for verified in _parts(verifier, arguments.chunk, stop):
                found[table.source] = progress.add(verified)
            progress.close()
    if arguments.json:
        say(json.dumps({name: asdict(verified) for name, verified in found.items()}))
    else:
        say(_verdict(found, time.monotonic() - began, complete=not stop.requested()))
    differs = any(verified.divergences for verified in found.values())
    return DIFFERENT if differs or stop.requested() else 0


def _parts(verifier: Verifier, size: int, stop: Stop) -> Iterator[Verified]:
    if stop.requested():
        return
    for part in verifier.ranges(size):
        yield verifier.verify(part)
        if stop.requested():
            return


def _verifier(source: Source, modern: Connection, table: TableMap, stop: Stop) -> Verifier:
    with translated():
        aside = checkpoints.set_aside_keys(modern, table.source)
    return Verifier(
        table,
        LegacySide(source, table),
        ModernSide(modern, table),
        settle=partial(settling.settle, source, modern, stop),
        set_aside=aside,
    )


class _Progress:
    """Adds up the ranges of one table and says now and then how far it is and how fast."""

    def __init__(self, table: str, *, silent: bool) -> None:
        self.total = Verified(rows=0)
        self._table = table
        self._silent = silent
        self._began = self._said = time.monotonic()

    def add(self, verified: Verified) -> Verified:
        self.total += verified
        now = time.monotonic()
        if now - self._said >= _REPORT_SECONDS:
            self._said = now
            rate = self.total.rows / max(now - self._began, 1e-3)
            self._say(f"{self._table}: {self.total.rows} rows so far, {rate:,.0f} rows/s")
        return self.total

    def close(self) -> None:
        total = self.total
        words = [f"{total.rows} rows", "equal" if not total.divergences else ""]
        if total.set_aside:
            words.append(f"{total.set_aside} set aside")
        if total.divergences:
            words.append(f"{len(total.divergences)} DIFFERENT")
        self._say(f"{self._table}: {', '.join(word for word in words if word)}")
        for divergence in total.divergences[:_SHOWN]:
            columns = f" in {', '.join(divergence.columns)}" if divergence.columns else ""
            self._say(f"  {divergence.key}: {divergence.kind}{columns}")
        if len(total.divergences) > _SHOWN:
            self._say(f"  and {len(total.divergences) - _SHOWN} more: --json prints all of them")

    def _say(self, line: str) -> None:
        if not self._silent:
            say(line)


def _verdict(found: Mapping[str, Verified], seconds: float, *, complete: bool) -> str:
    rows = sum(verified.rows for verified in found.values())
    different = sum(len(verified.divergences) for verified in found.values())
    scope = f"{len(found)} tables, {rows} rows in {seconds:.1f} s"
    if not complete:
        return f"stopped before the end: {scope}, {different} different so far"
    return f"{scope}: {'both sides are equal' if not different else f'{different} rows differ'}"


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


COMMAND = Command("verify", "compare both sides row by row", _arguments, _run)
