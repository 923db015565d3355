"""How hard a command leans on legacy: each query is followed by rest, a share of its time."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

Result = TypeVar("Result")


def rest_seconds(worked: float, since: float, load: float) -> float:
    """Say how long to rest so that `worked` is at most the share `load` of the time from its begin.

    `since` is how long ago the query began; what was spent on its rows is rest for the server.
    """
    return max(worked / load - since, 0.0)


@dataclass(slots=True)
class Pace:
    """Times the queries of a run and says how long to rest after each."""

    load: float
    clock: Callable[[], float] = time.monotonic
    _began: float = field(init=False, default=0.0)
    _worked: float = field(init=False, default=0.0)

    def timed(self, query: Callable[[], Result]) -> Result:
        """Run a query and remember what it took."""
        self._began = self.clock()
        result = query()
        self._worked = self.clock() - self._began
        return result

    def rest(self) -> float:
        """Say how many seconds to rest now."""
        return rest_seconds(self._worked, self.clock() - self._began, self.load)


@dataclass(slots=True)
class Progress:
    """How many of the estimated rows are done, how fast it goes, and how long the rest may take.

    `done` may begin above zero when a run goes on; the rate speaks of this run alone.
    """

    total: int
    done: int
    clock: Callable[[], float] = time.monotonic
    _first: int = field(init=False)
    _began: float = field(init=False)
    _said: float = field(init=False)

    def __post_init__(self) -> None:
        self._first = self.done
        self._began = self._said = self.clock()

    def is_due(self, seconds: float) -> bool:
        """Say whether it is time for another line, at most one in so many seconds."""
        now = self.clock()
        if now - self._said < seconds:
            return False
        self._said = now
        return True

    def line(self, name: str) -> str:
        """Say how far it is, in one line."""
        rate = (self.done - self._first) / max(self.clock() - self._began, 1e-3)
        left = max(self.total - self.done, 0) / rate if rate else 0.0
        minutes, seconds = divmod(round(left), 60)
        return (
            f"{name}: {self.done} of about {max(self.total, self.done)} rows, "
            f"{rate:,.0f} rows/s, about {minutes}:{seconds:02} left"
        )
