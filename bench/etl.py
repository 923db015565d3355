"""The whole Speed table of the ETL in one run: `python -m bench.etl [--rows N] [--rounds N]`.

Each figure is measured by the benchmark of its own that is named beside it, which alternates with
the peer and takes medians; here they only run one after the other and are put beside their goals.
A benchmark or a peer that dies is said so in the table. Nothing is written but the table.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from deploy.stack import up
from deploy.stack.reach import connect_mysql

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# No benchmark takes nearly as long, on a busy machine either; one that does hangs.
_PATIENCE_SECONDS = 3_600
_NUMBER = r"([\d,.]+)"


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure that was measured: its number in the goal's unit, and how it reads."""

    number: float
    words: str


@dataclass(frozen=True, slots=True)
class Goal:
    """A row of the table: `find` gets what a benchmark printed; `least` says that more is better.

    `find` gives a word instead of a figure where there is none.
    """

    what: str
    unit: str
    must: float
    stretch: float
    benchmark: str
    find: Callable[[str], Reading | str]
    least: bool = True

    def row(self, output: str) -> str:
        """Give the row of the table, in Markdown."""
        found, sign = self.find(output), ">=" if self.least else "<="
        cells = [self.what, f"{sign} {self.must:,g} {self.unit}", f"{sign} {self.stretch:,g}"]
        if isinstance(found, str):
            return _row(*cells, found, "**not measured**", f"`bench.{self.benchmark}`")
        return _row(*cells, found.words, self._reached(found), f"`bench.{self.benchmark}`")

    def _reached(self, found: Reading) -> str:
        margins = [
            (found.number >= goal) if self.least else (found.number <= goal)
            for goal in (self.must, self.stretch)
        ]
        return {(True, True): "stretch", (True, False): "yes"}.get(tuple(margins), "**no**")


@dataclass(slots=True)
class Outputs:
    """Runs each benchmark once and keeps what it printed."""

    options: dict[str, Sequence[str]]
    _kept: dict[str, str] = field(default_factory=dict)

    def of(self, benchmark: str) -> str:
        """Give what a benchmark printed, and the last line of its errors if it died."""
        if benchmark not in self._kept:
            self._kept[benchmark] = self._run(benchmark)
        return self._kept[benchmark]

    def _run(self, benchmark: str) -> str:
        if not Path(__file__).with_name(f"{benchmark}.py").exists():
            return "died: there is no such benchmark"
        _say(f"bench.{benchmark} …")
        began = time.monotonic()
        command = (sys.executable, "-m", f"bench.{benchmark}", *self.options.get(benchmark, ()))
        try:
            finished = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS
            )
        except subprocess.TimeoutExpired:
            return f"died: it was not done after {_PATIENCE_SECONDS} s"
        _say(f"bench.{benchmark}: {time.monotonic() - began:.0f} s\n{finished.stdout}")
        last = (finished.stderr.strip().splitlines() or ["no reason"])[-1]
        return finished.stdout + (f"\ndied: {last}" if finished.returncode else "")


def main() -> None:
    """Run all, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3_000_000, help="to copy (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of each way to copy (%(default)s)")
    asked = parser.parse_args()
    outputs = Outputs(
        {
            "backfill": ("--rows", str(asked.rows), "--rounds", str(asked.rounds)),
            "follow": ("--rates", "5000"),
            "write_back": ("--rate", "500"),
        }
    )
    began, load = time.monotonic(), os.getloadavg()[0]
    rows = [goal.row(outputs.of(goal.benchmark)) for goal in GOALS]
    print(f"{machine()}; {asked.rows:,} rows copied, {asked.rounds} rounds.\n")
    print(_row("what", "must reach", "stretch", "measured", "reached", "by"))
    print("|---|---|---|---|---|---|", *rows, sep="\n")
    print(
        f"\n{(time.monotonic() - began) / 60:.0f} minutes. Load of the machine, per minute: "
        f"{load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end, of which one core's worth "
        "or more is the benchmark's own."
    )


def machine() -> str:
    """Describe what all figures depend on."""
    servers = up()
    with psycopg.connect(servers.database_url) as connection:
        modern, durable = (
            connection.execute(f"SHOW {name}").fetchall()[0][0]
            for name in ("server_version", "fsync")
        )
    with (
        closing(connect_mysql(servers.legacy_database_url)) as legacy,
        legacy.cursor() as cursor,
    ):
        cursor.execute("SELECT @@version, @@sync_binlog, @@innodb_flush_log_at_trx_commit")
        ((version, sync, flush),) = cursor.fetchall()
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB; "
        f"Python {platform.python_version()}; PostgreSQL {str(modern).split()[0]} (fsync "
        f"{durable}), MariaDB {version.partition('-')[0]} (sync_binlog {sync}, "
        f"innodb_flush_log_at_trx_commit {flush})"
    )


def _ratio_to_copy(workers: str, table: str = " ") -> Callable[[str], Reading | str]:
    """Find a ratio; `table` is how a line goes on that is of the table in one state."""

    def find(output: str) -> Reading | str:
        ours = _rate(output, f"etl backfill, {workers}{table}")
        copy = _rate(output, f"one COPY of a ready file{table}")
        if not ours or not copy:
            return _reason(output)
        return Reading(ours / copy, f"{ours / copy:.2f} ({ours:,.0f} to {copy:,.0f} rows/s)")

    return find


def _ratio_to_pgloader(output: str) -> Reading | str:
    # Neither makes a secondary index.
    ours, peer = _rate(output, "etl backfill, 2 workers, no index"), _rate(output, "pgloader")
    deaths = re.search(r"^pgloader.*?(\d+ of \d+: .+)$", output, re.MULTILINE)
    if not ours or not peer:
        if not shutil.which("pgloader"):
            return "pgloader is not installed"
        return f"pgloader died: {deaths[1]}" if deaths else _reason(output)
    note = f"; it died, {deaths[1]}" if deaths else ""
    return Reading(ours / peer, f"{ours / peer:.2f} ({ours:,.0f} to {peer:,.0f} rows/s{note})")


def _memory(output: str) -> Reading | str:
    found = re.findall(r"^etl backfill.* (\d+) MB", output, re.MULTILINE)
    if not found:
        return _reason(output)
    most = max(map(int, found))
    return Reading(most, f"{most} MB")


def _decoding(output: str) -> Reading | str:
    found = re.findall(rf"decode: (\w+): .* {_NUMBER} times", output)
    if not found:
        return _reason(output)
    ratios = {kind: _number(ratio) for kind, ratio in found}
    words = ", ".join(f"{kind} {ratio:.1f}" for kind, ratio in ratios.items())
    return Reading(min(ratios.values()), words)


def _lag(benchmark: str) -> Callable[[str], Reading | str]:
    line = rf"^{benchmark}\W*(.*?): p50 {_NUMBER} ms, p95 {_NUMBER} ms, p99 {_NUMBER} ms"

    def find(output: str) -> Reading | str:
        found = re.search(line, output, re.MULTILINE)
        if not found:
            return _reason(output)
        pace, *numbers = found.groups()
        p50, p95, p99 = map(_number, numbers)
        return Reading(p99, f"{p99:.0f} ms (p50 {p50:.0f}, p95 {p95:.0f}; {pace})")

    return find


def _per_second(line: str, unit: str) -> Callable[[str], Reading | str]:
    def find(output: str) -> Reading | str:
        found = re.search(rf"{line}.*?{_NUMBER} {unit}/s", output)
        if not found:
            return _reason(output)
        return Reading(_number(found[1]), f"{_number(found[1]):,.0f} {unit}/s")

    return find


def _rate(output: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)}.*? {_NUMBER} rows/s", output, re.MULTILINE)
    return _number(found[1]) if found else 0.0


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def _reason(output: str) -> str:
    lines = output.strip().splitlines() or ["it printed nothing"]
    return lines[-1].replace("|", "/")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")


GOALS = (
    Goal(
        "backfill of learner state into jsonb with all conversions, to one COPY of a ready file "
        "into the same table, as modern has it: one worker",
        unit="times",
        must=1.0,
        stretch=1.4,
        benchmark="backfill",
        find=_ratio_to_copy("1 worker"),
    ),
    Goal(
        "the same: two workers",
        unit="times",
        must=1.0,
        stretch=1.4,
        benchmark="backfill",
        find=_ratio_to_copy("2 workers"),
    ),
    Goal(
        "the same into a table without its secondary index: one worker",
        unit="times",
        must=1.0,
        stretch=1.4,
        benchmark="backfill",
        find=_ratio_to_copy("1 worker", ", no index"),
    ),
    Goal(
        "the same: two workers",
        unit="times",
        must=1.0,
        stretch=1.4,
        benchmark="backfill",
        find=_ratio_to_copy("2 workers", ", no index"),
    ),
    Goal(
        "two workers, to pgloader, which makes neither jsonb nor conversions",
        unit="times",
        must=2.5,
        stretch=4.0,
        benchmark="backfill",
        find=_ratio_to_pgloader,
    ),
    Goal(
        "peak memory of a worker",
        unit="MB",
        must=80,
        stretch=50,
        benchmark="backfill",
        find=_memory,
        least=False,
    ),
    Goal(
        "decoding row events, to mysql-replication",
        unit="times",
        must=6,
        stretch=10,
        benchmark="decode",
        find=_decoding,
    ),
    Goal(
        "lag from commit to visible at 5,000 row changes/s, p99",
        unit="ms",
        must=150,
        stretch=80,
        benchmark="follow",
        find=_lag("follow"),
        least=False,
    ),
    Goal(
        "catch-up after an outage",
        unit="rows/s",
        must=15_000,
        stretch=30_000,
        benchmark="follow",
        find=_per_second("of an outage", "rows"),
    ),
    Goal(
        "verify of both sides, on real columns",
        unit="rows/s",
        must=120_000,
        stretch=250_000,
        benchmark="verify",
        find=_per_second("real columns:", "rows"),
    ),
    Goal(
        "write-back lag at 500 modern writes/s, p99",
        unit="ms",
        must=500,
        stretch=100,
        benchmark="write_back",
        find=_lag("write-back"),
        least=False,
    ),
    Goal(
        "write-back, catch-up",
        unit="entries/s",
        must=2_000,
        stretch=5_000,
        benchmark="write_back",
        find=_per_second("catch-up", "entries"),
    ),
)


if __name__ == "__main__":
    main()
