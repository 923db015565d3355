"""When a process that ends by itself is started again, and when that is given up; pure."""

from dataclasses import dataclass

__all__ = ["Crashes"]

_WINDOW_SECONDS = 60.0
_TOO_MANY = 5
_LONGEST_WAIT_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Crashes:
    """The moments, in seconds of a clock, at which one process ended in the last minute."""

    moments: tuple[float, ...] = ()

    def and_one(self, now: float) -> "Crashes":
        """Return these crashes and one more, those of more than a minute ago forgotten."""
        recent = (moment for moment in self.moments if now - moment < _WINDOW_SECONDS)
        return Crashes((*recent, now))

    @property
    def is_loop(self) -> bool:
        """Say whether starting again is pointless."""
        return len(self.moments) >= _TOO_MANY

    @property
    def wait_seconds(self) -> float:
        """Return how long to wait before the next start: 1, 2, 4, at most 8."""
        return min(2.0 ** (len(self.moments) - 1), _LONGEST_WAIT_SECONDS)
