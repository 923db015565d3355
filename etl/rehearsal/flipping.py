"""A flip and its way back on the rows themselves: modern writes them, then legacy writes them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from etl.mysql import Source, text
from etl.postgres import Connection
from etl.stopping import Stop

_LOOK_SECONDS = 0.01
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """How many rows went forth and back, and the milliseconds until the other side had them all.

    None where it did not have them in time.
    """

    rows: int
    forth: float | None
    back: float | None

    @property
    def worked(self) -> bool:
        """Whether both ways brought all rows."""
        return self.forth is not None and self.back is not None


def there_and_back(
    source: Source, modern: Connection, keys: Sequence[int], stop: Stop
) -> RoundTrip:
    """Let modern write enrolments as after a flip, then legacy the same rows as after it is undone.

    Both workers have to be running.
    """
    modern.execute(
        "UPDATE enrollment_enrollment SET mode = 'flipped' WHERE id = ANY(%s)", (list(keys),)
    )
    forth = _timed(lambda: _in_legacy(source, keys, "flipped") == len(keys), stop)
    source.fetch("UPDATE student_courseenrollment SET mode = 'honor' WHERE id IN %s", list(keys))
    back = _timed(lambda: _in_modern(modern, keys, "honor") == len(keys), stop)
    return RoundTrip(len(keys), forth, back)


def _timed(arrived: Callable[[], bool], stop: Stop) -> float | None:
    began = time.monotonic()
    while not arrived():
        if time.monotonic() - began > PATIENCE_SECONDS or stop.pause(_LOOK_SECONDS):
            return None
    return 1000 * (time.monotonic() - began)


def _in_legacy(source: Source, keys: Sequence[int], mode: str) -> int:
    statement = "SELECT COUNT(*) FROM student_courseenrollment WHERE mode = %s AND id IN %s"
    return int(text(source.fetch(statement, mode, list(keys))[0][0]))


def _in_modern(modern: Connection, keys: Sequence[int], mode: str) -> int:
    statement = "SELECT count(*) FROM enrollment_enrollment WHERE mode = %s AND id = ANY(%s)"
    ((found,),) = modern.execute(statement, (mode, list(keys)))
    return int(str(found))
