"""A flip and its way back on the rows themselves: modern writes them, then legacy writes them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from etl.mysql import Source, text
from etl.postgres import Connection
from etl.rehearsal.rows import Rows
from etl.stopping import Stop

_LOOK_SECONDS = 0.01
PATIENCE_SECONDS = 30.0
# So many rows of each table.
_ROWS = 20


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


@dataclass(frozen=True, slots=True)
class _Statements:
    """How one table is written and counted on both sides; `forth` is what modern makes of it."""

    write_modern: bytes
    count_modern: bytes
    write_legacy: str
    count_legacy: str
    forth: str
    back: str


def there_and_back(source: Source, modern: Connection, rows: Rows, stop: Stop) -> RoundTrip:
    """Let modern write rows as after a flip, then legacy the same ones as after it is undone.

    Both workers have to be running.
    """
    chosen = {
        _ENROLMENTS: rows.enrolments.of(0)[:_ROWS],
        _STATES: rows.states.of(0)[:_ROWS],
    }
    for one, keys in chosen.items():
        modern.execute(one.write_modern, (one.forth, list(keys)))
    forth = _timed(lambda: _are_in_legacy(source, chosen), stop)
    for one, keys in chosen.items():
        source.fetch(one.write_legacy, one.back, list(keys))
    back = _timed(lambda: _are_in_modern(modern, chosen), stop)
    return RoundTrip(sum(map(len, chosen.values())), forth, back)


def _timed(arrived: Callable[[], bool], stop: Stop) -> float | None:
    began = time.monotonic()
    while not arrived():
        if time.monotonic() - began > PATIENCE_SECONDS or stop.pause(_LOOK_SECONDS):
            return None
    return 1000 * (time.monotonic() - began)


def _are_in_legacy(source: Source, chosen: Mapping[_Statements, Sequence[int]]) -> bool:
    return all(
        int(text(source.fetch(one.count_legacy, one.forth, list(keys))[0][0])) == len(keys)
        for one, keys in chosen.items()
    )


def _are_in_modern(modern: Connection, chosen: Mapping[_Statements, Sequence[int]]) -> bool:
    return all(
        modern.execute(one.count_modern, (one.back, list(keys))).fetchall() == [(len(keys),)]
        for one, keys in chosen.items()
    )


_ENROLMENTS = _Statements(
    b"UPDATE enrollment_enrollment SET mode = %s WHERE id = ANY(%s)",
    b"SELECT count(*) FROM enrollment_enrollment WHERE mode = %s AND id = ANY(%s)",
    "UPDATE student_courseenrollment SET mode = %s WHERE id IN %s",
    "SELECT COUNT(*) FROM student_courseenrollment WHERE mode = %s AND id IN %s",
    forth="flipped",
    back="honor",
)
# Documents are compared by what they hold in modern, and by Python 2's spelling in legacy.
_STATES = _Statements(
    b"UPDATE learner_state_blockstate SET state = %s::jsonb, state_raw = NULL, state_crc = NULL"
    b" WHERE id = ANY(%s)",
    b"SELECT count(*) FROM learner_state_blockstate WHERE state = %s::jsonb AND id = ANY(%s)",
    "UPDATE courseware_studentmodule SET state = %s WHERE id IN %s",
    "SELECT COUNT(*) FROM courseware_studentmodule WHERE state = %s AND id IN %s",
    forth='{"flipped": true}',
    back='{"flipped": false}',
)
