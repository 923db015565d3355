"""A pass over one table in key order: what it reads a range at a time, and what it saw there.

Sightings are counted and forgotten: of a row there remain the column, the problem and the key.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from etl.doctor.findings import EXAMPLES
from etl.rows import Key, Row


@dataclass(frozen=True, slots=True)
class Sighting:
    """A problem seen in one column of one row."""

    column: str
    problem: str
    key: Key


@dataclass(frozen=True, slots=True)
class Count:
    """How often a problem was seen, and the first keys."""

    number: int
    examples: tuple[str, ...]

    def add(self, key: Key) -> "Count":
        """Count one more."""
        spelled = (key.decode("utf-8", "replace"),) if len(self.examples) < EXAMPLES else ()
        return Count(self.number + 1, self.examples + spelled)


@dataclass(slots=True)
class Tally:
    """What a pass has seen so far, by column and problem, and where it goes on."""

    rows: int = 0
    after: Key | None = None
    done: bool = False
    counts: dict[tuple[str, str], Count] = field(default_factory=dict)

    def add(self, sightings: Iterable[Sighting]) -> None:
        """Count what was seen."""
        for sighting in sightings:
            place = (sighting.column, sighting.problem)
            self.counts[place] = self.counts.get(place, Count(0, ())).add(sighting.key)


class Pass(Protocol):
    """Reads ranges of one table and says what is wrong in them."""

    @property
    def name(self) -> str:
        """What is looked for, and where; unique."""

    @property
    def table(self) -> str:
        """The table that is read."""

    @property
    def resumable(self) -> bool:
        """Whether a later process may go on in the middle."""

    def read(self, after: Key | None, size: int) -> Sequence[Row]:
        """Read the next rows behind a key, at most `size`."""

    def key(self, row: Row) -> Key:
        """Give the key of a row."""

    def examine(self, rows: Sequence[Row]) -> Iterable[Sighting]:
        """Say what is wrong in these rows."""

    def conclude(self) -> Iterable[Sighting]:
        """Say what can only be said at the table's end."""
