"""The locks that let only one worker of a kind run: two followers would undo each other's rows.

They are session locks of PostgreSQL, so they end with the process, however that ends.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import cast

from etl.errors import AlreadyRunning
from etl.postgres import Connection, translated
from etl.stopping import Stop

# Any numbers will do, as long as nothing else in the database uses them.
_CLASS, _PIECES = 0x6272, 0x6273


class Direction(Enum):
    """Which way rows go, or who is at work on them, and the second half of the lock's name."""

    FORWARD = 0x6467
    BACK = 0x6468
    # Held beside FORWARD by a follower, which unlike a backfill takes copies of tables on.
    FOLLOWING = 0x6469
    # Held beside FORWARD by each worker of a backfill.
    COPYING = 0x646A
    # Held by the one who verifies all the time: two would lean on legacy twice as hard.
    VERIFYING = 0x646B


@dataclass(slots=True)
class Former:
    """The session in which this worker had the lock before, by its number in PostgreSQL.

    When the network falls silent the server goes on keeping it, and its locks, for us.
    """

    session: int | None = None

    def end(self, connection: Connection, direction: Direction) -> None:
        """Let the server end it, if it still has the lock: numbers are used again."""
        with translated():
            connection.execute(_END, (_CLASS, direction.value, self.session))


_COMMANDS = {
    Direction.FORWARD: "`etl follow` or `etl backfill`",
    Direction.BACK: "`etl write-back`",
    Direction.FOLLOWING: "`etl follow`",
    Direction.COPYING: "`etl backfill`",
    Direction.VERIFYING: "`etl verify --continuous`",
}
# After a kill, the server needs a moment to notice that its client is gone.
WAIT_SECONDS = 5.0
_POLL_SECONDS = 0.1


def claim(
    connection: Connection,
    stop: Stop,
    *,
    direction: Direction = Direction.FORWARD,
    shared: bool = False,
    wait_seconds: float = WAIT_SECONDS,
    former: Former | None = None,
) -> None:
    """Take the lock for as long as the connection lives; raise AlreadyRunning if another has it.

    A shared one keeps out only those who want it for themselves. A worker that lost its connection
    hands in its `former` session, which does not count.
    """
    former = former or Former()
    if former.session is not None:
        former.end(connection, direction)
    deadline = time.monotonic() + wait_seconds
    while not _try(connection, direction, shared=shared):
        if time.monotonic() >= deadline or stop.pause(_POLL_SECONDS):
            raise AlreadyRunning(
                f"another {_COMMANDS[direction]} is at work on this database: stop it first "
                "(it goes on where it was when it is started again)"
            )
    former.session = connection.info.backend_pid


@contextmanager
def claimed(connection: Connection, stop: Stop) -> Iterator[None]:
    """Hold the lock of the forward direction for the time of a block."""
    claim(connection, stop)
    try:
        yield
    finally:
        with translated():
            connection.execute(
                "SELECT pg_advisory_unlock(%s, %s)", (_CLASS, Direction.FORWARD.value)
            )


def is_claimed(connection: Connection, direction: Direction = Direction.FORWARD) -> bool:
    """Say whether a worker of a direction runs."""
    return holders(connection, direction) > 0


def holders(connection: Connection, direction: Direction = Direction.FORWARD) -> int:
    """Count the connections that have the lock."""
    row = connection.execute(_HOLDERS, (_CLASS, direction.value)).fetchone()
    return cast("int", row[0]) if row is not None else 0


@contextmanager
def alone_at(connection: Connection, piece: str) -> Iterator[bool]:
    """Say whether nobody else is at a piece of work, and keep others from it meanwhile."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (_PIECES, piece))
    if row.fetchone() != (True,):
        yield False
        return
    try:
        yield True
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", (_PIECES, piece))


def wait_for_turn(connection: Connection) -> None:
    """Let others who plan a backfill finish first; lasts until the caller's transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s, 0)", (_PIECES,))


def _try(connection: Connection, direction: Direction, *, shared: bool) -> bool:
    query = _TRY_SHARED if shared else _TRY
    with translated():
        row = connection.execute(query, (_CLASS, direction.value)).fetchone()
    return row == (True,)


_TRY = "SELECT pg_try_advisory_lock(%s, %s)"
_TRY_SHARED = "SELECT pg_try_advisory_lock_shared(%s, %s)"
# Databases of one server share the table of its locks.
_HOLDERS = """
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = %s
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_END = """
    SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND pid = %s
"""
