"""Keeps a worker going: connections that are lost are made again, with growing pauses.

A worker that cannot even start once is not kept going: then the address or the rights are wrong,
and a person waits for the answer.
"""

from collections.abc import Callable
from typing import Protocol

from etl.errors import TryAgain
from etl.stopping import Stop

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0

Report = Callable[[str], None]


class Worker(Protocol):
    """One stretch of work over one set of connections."""

    progressed: bool

    def run(self, stop: Stop) -> None:
        """Work until stopped or done; raise TryAgain when a connection was lost."""

    def close(self) -> None:
        """Close the connections."""


def keep_going(start: Callable[[], Worker], *, stop: Stop, report: Report) -> None:
    """Start workers one after the other until one ends by itself; raise what a person must see."""
    worker = start()
    pause = FIRST_PAUSE
    while True:
        try:
            worker.run(stop)
        except TryAgain as error:
            pause = FIRST_PAUSE if worker.progressed else pause
            report(f"{error}; trying again in {pause:g} s")
        else:
            return
        finally:
            worker.close()
        next_worker, pause = _restart(start, pause, stop=stop, report=report)
        if next_worker is None:
            return
        worker = next_worker


def _restart(
    start: Callable[[], Worker], pause: float, *, stop: Stop, report: Report
) -> tuple[Worker | None, float]:
    """Try to start until it works or the process is to end; give the pause to use next as well."""
    while not stop.pause(pause):
        pause = min(pause * 2, LONGEST_PAUSE)
        try:
            return start(), pause
        except TryAgain as error:
            report(f"{error}; trying again in {pause:g} s")
    return None, pause
