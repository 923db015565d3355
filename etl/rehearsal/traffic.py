"""Writes on both sides while the workers run, mostly to different rows, and probes of the lag."""

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

from etl import mysql, postgres
from etl.errors import Blocked
from etl.mysql import Source, text
from etl.postgres import Connection
from etl.rehearsal import writers
from etl.rehearsal.lags import Lags
from etl.rehearsal.plan import Plan
from etl.rehearsal.rows import Rows
from etl.settings import EtlSettings
from etl.stopping import Stop

_PROBE_SECONDS, _LOOK_SECONDS = 0.1, 0.002
# A probe that is not seen by then counts with this lag.
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Flow:
    """What was written on both sides, and the lags both ways."""

    legacy: "Written"
    modern: "Written"
    forward: Lags
    back: Lags


@dataclass(frozen=True, slots=True)
class Written:
    """Writes that were committed, by legacy's tables, and those given up to end a deadlock."""

    done: Mapping[str, int]
    deadlocks: int


@dataclass(slots=True)
class Traffic:
    """Writers and probes of both sides, each with a connection of its own, for a plan's seconds."""

    settings: EtlSettings
    plan: Plan
    rows: Rows
    stop: Stop
    _until: float = field(init=False, default=0.0)

    def run(self) -> Flow:
        """Write until the time is over or the rehearsal is to end."""
        self._until = time.monotonic() + self.plan.seconds
        with ThreadPoolExecutor(max_workers=4) as pool:
            legacy = pool.submit(self._in_legacy)
            modern = pool.submit(self._in_modern)
            forward, back = pool.submit(self._probe_forward), pool.submit(self._probe_back)
            return Flow(
                legacy.result(),
                modern.result(),
                Lags.of(forward.result()),
                Lags.of(back.result()),
            )

    def _in_legacy(self) -> Written:
        draw = random.Random(1)
        with closing(mysql.connect(self.settings.legacy)) as connection:
            source = Source(connection)
            return self._paced(lambda number: writers.in_legacy(source, self.rows, draw, number))

    def _in_modern(self) -> Written:
        draw = random.Random(2)
        with closing(postgres.connect(self.settings.modern)) as connection:
            return self._paced(
                lambda number: writers.in_modern(connection, self.rows, draw, number)
            )

    def _paced(self, write: Callable[[int], str]) -> Written:
        """Write at the plan's pace; count the writes by their tables."""
        tried = deadlocks = 0
        done = Counter[str]()
        began = due = time.monotonic()
        while (now := time.monotonic()) < self._until and not self.stop.pause(max(due - now, 0)):
            try:
                with postgres.translated():
                    done[write(tried)] += 1
            except Blocked:
                deadlocks += 1
            tried += 1
            due = max(due, now) + 1 / self.plan.pace(now - began)
        return Written(done, deadlocks)

    def _probe_forward(self) -> Sequence[float]:
        with (
            postgres.translated(),
            closing(postgres.connect(self.settings.modern)) as modern,
            closing(mysql.connect(self.settings.legacy)) as legacy,
        ):
            source, key = Source(legacy), "rehearsal.forward"
            source.fetch(writers.LEGACY_INSERT, self.rows.learner, key, "0")

            def write(value: str) -> None:
                source.fetch(
                    "UPDATE user_api_userpreference SET value = %s WHERE `key` = %s", value, key
                )

            def seen() -> str:
                row = modern.execute(
                    "SELECT value FROM identity_preference WHERE key = %s", (key,)
                ).fetchone()
                return "" if row is None else str(row[0])

            return self._probe(write, seen)

    def _probe_back(self) -> Sequence[float]:
        with (
            postgres.translated(),
            closing(postgres.connect(self.settings.modern)) as modern,
            closing(mysql.connect(self.settings.legacy)) as legacy,
        ):
            source, key = Source(legacy), "rehearsal.back"
            modern.execute(writers.MODERN_INSERT, (self.rows.learner, key, "0"))

            def write(value: str) -> None:
                modern.execute(
                    "UPDATE identity_preference SET value = %s WHERE key = %s", (value, key)
                )

            def seen() -> str:
                rows = source.fetch(
                    "SELECT value FROM user_api_userpreference WHERE `key` = %s", key
                )
                return text(rows[0][0]) if rows else ""

            return self._probe(write, seen)

    def _probe(self, write: Callable[[str], None], seen: Callable[[], str]) -> Sequence[float]:
        """Write a new value again and again, and time until the other side shows it."""
        lags: list[float] = []
        while time.monotonic() < self._until and not self.stop.pause(_PROBE_SECONDS):
            value, began = str(len(lags) + 1), time.monotonic()
            write(value)
            while seen() != value and time.monotonic() - began < _PATIENCE_SECONDS:
                if self.stop.pause(_LOOK_SECONDS):
                    return lags
            lags.append(time.monotonic() - began)
        return lags


def collide(source: Source, modern: Connection, rows: Rows) -> None:
    """Write the same rows on both sides, each before the other side can know of it."""
    for key in rows.enrolments.contested:
        source.fetch("UPDATE student_courseenrollment SET mode = 'both' WHERE id = %s", key)
        modern.execute("UPDATE enrollment_enrollment SET mode = 'sides' WHERE id = %s", (key,))
    for key in rows.states.contested:
        source.fetch(
            'UPDATE courseware_studentmodule SET state = \'{"from": "both"}\' WHERE id = %s', key
        )
        modern.execute(
            'UPDATE learner_state_blockstate SET state = \'{"from": "sides"}\','
            " state_raw = NULL, state_crc = NULL WHERE id = %s",
            (key,),
        )
