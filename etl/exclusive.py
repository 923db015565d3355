"""The locks that let only one worker of a direction run: two would undo each other's rows.

They are session locks of PostgreSQL, so they end with the process, however that ends.
"""

import time
from enum import Enum

from etl.errors import AlreadyRunning
from etl.postgres import Connection, translated
from etl.stopping import Stop

# Any number will do, as long as nothing else in the database uses it.
_CLASS = 0x6272


class Direction(Enum):
    """Which way rows go, or who carries them, and the second half of the lock's name."""

    FORWARD = 0x6467
    BACK = 0x6468
    # Held beside FORWARD by a follower, which unlike a backfill takes copies of tables on.
    FOLLOWING = 0x6469


_COMMANDS = {
    Direction.FORWARD: "`etl follow` or `etl backfill`",
    Direction.BACK: "`etl write-back`",
    Direction.FOLLOWING: "`etl follow`",
}
# After a kill, the server needs a moment to notice that its client is gone.
WAIT_SECONDS = 5.0
_POLL_SECONDS = 0.1


def claim(
    connection: Connection,
    stop: Stop,
    *,
    direction: Direction = Direction.FORWARD,
    wait_seconds: float = WAIT_SECONDS,
) -> None:
    """Take the lock for as long as the connection lives; raise AlreadyRunning if another has it."""
    deadline = time.monotonic() + wait_seconds
    while not _try(connection, direction):
        if time.monotonic() >= deadline or stop.pause(_POLL_SECONDS):
            raise AlreadyRunning(
                f"another {_COMMANDS[direction]} is at work on this database: stop it first "
                "(it goes on where it was when it is started again)"
            )


def is_claimed(connection: Connection, direction: Direction = Direction.FORWARD) -> bool:
    """Say whether a worker of a direction runs."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND classid = %s AND objid = %s"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
        (_CLASS, direction.value),
    ).fetchone()
    return row == (True,)


def _try(connection: Connection, direction: Direction) -> bool:
    with translated():
        row = connection.execute(
            "SELECT pg_try_advisory_lock(%s, %s)", (_CLASS, direction.value)
        ).fetchone()
    return row == (True,)
