"""Waits until what is on its way between the databases has arrived.

A command that a person waits for does so as far as somebody carries it, and for a while; a service
waits for those who carry it as well.
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
_LONGEST_POLL_SECONDS = 1.0

Report = Callable[[str], None]


def settle(source: Source, modern: Connection, stop: Stop) -> None:
    """Return once all that was written before this call is on both sides, or patience is over.

    Without a follower, or without write-back, there is nothing to wait for in that direction.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    entry = Outbox(modern).last()
    _wait(lambda: _is_in_legacy(source, modern, entry), deadline, stop)
    # Only now: what write-back has just written is part of what the follower has to pass.
    end = source.end_of_log()
    _wait(lambda: _is_passed(modern, end), deadline, stop)


def settle_for_certain(source: Source, modern: Connection, stop: Stop, *, report: Report) -> None:
    """Return once all that was written before this call is on both sides, however long it takes.

    What keeps it waiting is reported, once a wait is longer than a command's would be.
    """
    entry = Outbox(modern).last()
    _wait_on(lambda: source.acked() >= entry, "`etl write-back`", stop, report)
    end = source.end_of_log()
    _wait_on(lambda: _has_passed(modern, end), "`etl follow`", stop, report)


def _wait(arrived: Callable[[], bool], deadline: float, stop: Stop) -> None:
    while not arrived() and time.monotonic() < deadline:
        if stop.pause(_POLL_SECONDS):
            return


def _wait_on(arrived: Callable[[], bool], worker: str, stop: Stop, report: Report) -> None:
    """Wait, asking less and less often, until it arrived or all is to end."""
    began, poll, said = time.monotonic(), _POLL_SECONDS, False
    while not arrived() and not stop.pause(poll):
        poll = min(poll * 2, _LONGEST_POLL_SECONDS)
        if not said and time.monotonic() - began > PATIENCE_SECONDS:
            report(f"waiting for {worker}: rows differ that may only be on their way")
            said = True


def _is_in_legacy(source: Source, modern: Connection, entry: int) -> bool:
    return not _is_carried(modern, Direction.BACK) or source.acked() >= entry


def _is_passed(modern: Connection, end: Position) -> bool:
    return not _is_carried(modern, Direction.FOLLOWING) or _has_passed(modern, end)


def _has_passed(modern: Connection, end: Position) -> bool:
    with translated():
        place = checkpoints.place(modern)
    return place is not None and place.position >= end


def _is_carried(modern: Connection, direction: Direction) -> bool:
    with translated():
        return exclusive.is_claimed(modern, direction)
