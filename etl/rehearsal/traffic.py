"""Writes on both sides while the workers run, mostly to different rows, and probes of the lag.

Legacy's writers write as legacy's code does, modern's as modern's: by their own tables, and without
a word to the bridge.
"""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

from etl import mysql, postgres
from etl.errors import Blocked
from etl.mysql import Source, text
from etl.postgres import Connection
from etl.rehearsal.lags import Lags
from etl.rehearsal.plan import Plan
from etl.settings import EtlSettings
from etl.stopping import Stop

MODES = ("audit", "honor", "verified")
_ENROLMENTS = 2_000
# Rows that both sides write, and how often a write is to one of them.
_CONTESTED, _CONTEST_SHARE = 10, 0.02
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
    """Writes that were committed, and those that a server gave up to end a deadlock."""

    done: int
    deadlocks: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that may be written: enrolments, learner states, a learner for new preferences."""

    enrolments: Sequence[int]
    states: Sequence[int]
    learner: int

    @property
    def contested(self) -> Sequence[int]:
        """Enrolments that both sides write."""
        return self.enrolments[:_CONTESTED]

    def of(self, side: int) -> Sequence[int]:
        """Enrolments of one side, 0 or 1."""
        return self.enrolments[_CONTESTED + side :: 2]

    def pick(self, side: int, draw: random.Random) -> int:
        """Draw an enrolment for a write of one side."""
        is_contested = draw.random() < _CONTEST_SHARE
        return draw.choice(self.contested if is_contested else self.of(side))


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
            legacy = pool.submit(self._in_legacy, self._write_legacy)
            modern = pool.submit(self._in_modern, self._write_modern)
            forward, back = pool.submit(self._probe_forward), pool.submit(self._probe_back)
            return Flow(
                legacy.result(),
                modern.result(),
                Lags.of(forward.result()),
                Lags.of(back.result()),
            )

    def _in_legacy(self, write: Callable[[Source, random.Random, int], None]) -> Written:
        draw = random.Random(1)
        with closing(mysql.connect(self.settings.legacy)) as connection:
            source = Source(connection)
            return self._paced(lambda number: write(source, draw, number))

    def _in_modern(self, write: Callable[[Connection, random.Random, int], None]) -> Written:
        draw = random.Random(2)
        with closing(postgres.connect(self.settings.modern)) as connection:
            return self._paced(lambda number: write(connection, draw, number))

    def _paced(self, write: Callable[[int], None]) -> Written:
        """Write at the plan's pace; give how often."""
        tried = deadlocks = 0
        began = due = time.monotonic()
        while (now := time.monotonic()) < self._until and not self.stop.pause(max(due - now, 0)):
            try:
                with postgres.translated():
                    write(tried)
            except Blocked:
                deadlocks += 1
            tried += 1
            due = max(due, now) + 1 / self.plan.pace(now - began)
        return Written(tried - deadlocks, deadlocks)

    def _write_legacy(self, source: Source, draw: random.Random, number: int) -> None:
        match draw.randrange(10):
            case 0 | 1 | 2:
                state = f'{{"position": {number}, "attempts": {draw.randrange(9)}}}'
                source.fetch(
                    "UPDATE courseware_studentmodule SET state = %s, grade = %s,"
                    " modified = UTC_TIMESTAMP(6) WHERE id = %s",
                    state,
                    draw.randrange(5),
                    draw.choice(self.rows.states),
                )
            case 3:
                source.fetch(_LEGACY_INSERT, self.rows.learner, f"rehearsal.legacy.{number}", "on")
            case 4:
                found = source.fetch(
                    "SELECT MIN(id) FROM user_api_userpreference"
                    " WHERE `key` LIKE 'rehearsal.legacy.%%'"
                )
                source.fetch("DELETE FROM user_api_userpreference WHERE id = %s", found[0][0])
            case _:
                source.fetch(
                    "UPDATE student_courseenrollment SET mode = %s, is_active = %s WHERE id = %s",
                    draw.choice(MODES),
                    draw.randrange(2),
                    self.rows.pick(0, draw),
                )

    def _write_modern(self, connection: Connection, draw: random.Random, number: int) -> None:
        match draw.randrange(10):
            case 0 | 1:
                key = f"rehearsal.modern.{number}"
                connection.execute(_MODERN_INSERT, (self.rows.learner, key, "on"))
            case 2:
                connection.execute(
                    "DELETE FROM identity_preference WHERE id = (SELECT min(id) FROM"
                    " identity_preference WHERE key LIKE 'rehearsal.modern.%%')"
                )
            case _:
                connection.execute(
                    "UPDATE enrollment_enrollment SET mode = %s, active = %s WHERE id = %s",
                    (draw.choice(MODES), bool(draw.randrange(2)), self.rows.pick(1, draw)),
                )

    def _probe_forward(self) -> Sequence[float]:
        with (
            postgres.translated(),
            closing(postgres.connect(self.settings.modern)) as modern,
            closing(mysql.connect(self.settings.legacy)) as legacy,
        ):
            source, key = Source(legacy), "rehearsal.forward"
            source.fetch(_LEGACY_INSERT, self.rows.learner, key, "0")

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
            modern.execute(_MODERN_INSERT, (self.rows.learner, key, "0"))

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


def collide(source: Source, modern: Connection, keys: Sequence[int]) -> None:
    """Write the same rows on both sides, each before the other side can know of it."""
    for key in keys:
        source.fetch("UPDATE student_courseenrollment SET mode = 'both' WHERE id = %s", key)
        modern.execute("UPDATE enrollment_enrollment SET mode = 'sides' WHERE id = %s", (key,))


def read_rows(source: Source, modern: Connection) -> Rows:
    """Choose rows that are on both sides."""
    found = modern.execute(
        "SELECT id FROM enrollment_enrollment ORDER BY id DESC LIMIT %s", (_ENROLMENTS,)
    ).fetchall()
    states = source.fetch("SELECT id FROM courseware_studentmodule ORDER BY id LIMIT 5000")
    (learner,) = modern.execute("SELECT max(id) FROM identity_user").fetchall()
    return Rows(
        tuple(int(str(key)) for (key,) in found),
        tuple(int(text(key)) for (key,) in states),
        int(str(learner[0])),
    )


_LEGACY_INSERT = "INSERT INTO user_api_userpreference (user_id, `key`, value) VALUES (%s, %s, %s)"
_MODERN_INSERT = "INSERT INTO identity_preference (user_id, key, value) VALUES (%s, %s, %s)"
