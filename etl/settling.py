"""Waits until what is on its way between the databases has arrived, as far as somebody carries it.

Without a follower, or without write-back, there is nothing to wait for in that direction.
"""

import time
from collections.abc import Callable

from etl import checkpoints, exclusive
from etl.back.outbox import Outbox
from etl.exclusive import Direction
from etl.mysql import Source
from etl.postgres import Connection, translated
from etl.rows import Position
from etl.stopping import Stop

PATIENCE_SECONDS = 10.0
_POLL_SECONDS = 0.05


def settle(source: Source, modern: Connection, stop: Stop) -> None:
    """Return once all that was written before this call is on both sides, or patience is over."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    entry = Outbox(modern).last()
    _wait(lambda: _is_in_legacy(source, modern, entry), deadline, stop)
    # Only now: what write-back has just written is part of what the follower has to pass.
    end = source.end_of_log()
    _wait(lambda: _is_passed(modern, end), deadline, stop)


def _wait(arrived: Callable[[], bool], deadline: float, stop: Stop) -> None:
    while not arrived() and time.monotonic() < deadline:
        if stop.pause(_POLL_SECONDS):
            return


def _is_in_legacy(source: Source, modern: Connection, entry: int) -> bool:
    return not _is_carried(modern, Direction.BACK) or source.acked() >= entry


def _is_passed(modern: Connection, end: Position) -> bool:
    if not _is_carried(modern, Direction.FOLLOWING):
        return True
    with translated():
        place = checkpoints.place(modern)
    return place is not None and place.position >= end


def _is_carried(modern: Connection, direction: Direction) -> bool:
    with translated():
        return exclusive.is_claimed(modern, direction)
