"""`facade compare`: carries what the shadows found from the Redis stream into PostgreSQL, and tells
them how far modern's rows are behind legacy's.

It runs apart from the facade; while it does not, reports wait in the stream, up to its length.
"""

from __future__ import annotations

import datetime as dt
import signal
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from facade.errors import Unreachable
from facade.parity import divergences
from facade.shadow.report import LAG_KEY, STREAM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from facade.compare.settings import ParitySettings

BATCH: Final = 200
"""Reports in one transaction."""
WAIT_SECONDS: Final = 1.0
"""How long an empty stream is waited at; the lag is published as often."""
RETRY_SECONDS: Final = 2.0
LAG_LIVES_SECONDS: Final = 60
_LOCK: Final = 0x62720001
"""Any number will do, as long as nothing else in the database locks it."""


@dataclass(slots=True)
class CompareWorker:
    """One stretch of work over one pair of connections."""

    redis: Redis
    connection: psycopg.Connection[Any]

    def step(self, *, wait_seconds: float) -> int:
        """Take what the stream has, and say how many reports that were."""
        self._publish_lag()
        entries = self._entries(wait_seconds)
        if entries:
            documents = [fields.get(b"report", b"") for _, fields in entries]
            divergences.take(self.connection, documents, now=dt.datetime.now(tz=dt.UTC))
            # After the commit: what is read again because this failed has its number.
            self.redis.xdel(STREAM, *(name for name, _ in entries))
        return len(entries)

    def _entries(self, wait_seconds: float) -> list[tuple[bytes, dict[bytes, bytes]]]:
        # From the start each time, because what was taken is deleted: no place has to be kept.
        block = max(int(wait_seconds * 1000), 1)
        answer = self.redis.xread({STREAM: "0"}, count=BATCH, block=block)
        found = cast("list[tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]]]]", answer)
        return found[0][1] if found else []

    def _publish_lag(self) -> None:
        lag = divergences.follower_lag(self.connection)
        if lag is not None:
            self.redis.set(LAG_KEY, f"{lag:.3f}", ex=LAG_LIVES_SECONDS)


def run(settings: ParitySettings, *, once: bool, say: Callable[[str], None]) -> None:
    """Work until SIGTERM, or with `once` until the stream is empty; raises Unreachable when the
    servers are not there at the start, and later tries again.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    has_worked = False
    while not stop.is_set():
        try:
            with working(settings) as worker:
                has_worked = True
                say("reports go from Redis into bridge.parity and bridge.divergence")
                if once:
                    _work_off(worker)
                    return
                while not stop.is_set():
                    worker.step(wait_seconds=WAIT_SECONDS)
        except (RedisError, psycopg.OperationalError, Unreachable) as error:
            if not has_worked:
                raise _unreachable(error) from error
            say(f"connection lost ({_first_line(error)}); trying again")
            stop.wait(RETRY_SECONDS)


@contextmanager
def working(settings: ParitySettings) -> Iterator[CompareWorker]:
    """Connect, let nobody else be at work, and make the tables where they are missing."""
    with Redis.from_url(settings.redis_url) as redis, connect(settings) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
        if row != (True,):
            raise Unreachable("another `facade compare` is at work on this database: stop it first")
        redis.ping()  # a client connects when it first asks
        divergences.install(connection)
        yield CompareWorker(redis, connection)


def connect(settings: ParitySettings) -> psycopg.Connection[Any]:
    """Connect to PostgreSQL; each transaction is begun by who needs one."""
    return psycopg.connect(settings.database_url, autocommit=True, connect_timeout=5)


def _work_off(worker: CompareWorker) -> None:
    while worker.step(wait_seconds=0):
        pass


def _unreachable(error: Exception) -> Unreachable:
    if isinstance(error, Unreachable):
        return error
    name = "REDIS_URL" if isinstance(error, RedisError) else "DATABASE_URL"
    return Unreachable(f"{name}: the server does not answer ({_first_line(error)}); is it running?")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
