"""Compares both sides row by row, by digests that each database computes, and names what differs.

A table is read in ranges of its key. A range whose digests differ is compared row by row; a row
that differs is looked at again once the follower and write-back have passed it, because it may
only have been on its way. Rows that are set aside are left out and counted.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from etl.sides import Digests, LegacySide, Range, Side
from etl.tables import TableMap

CHUNK = 20_000
ATTEMPTS = 3
Settle = Callable[[], None]


class Kind(StrEnum):
    """How a row differs."""

    MISSING = "missing in modern"
    SURPLUS = "missing in legacy"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Divergence:
    """A row that differs: its legacy table and key, and the columns, never their values."""

    table: str
    key: str
    kind: Kind
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """What comparing came to; `rows` counts legacy's."""

    rows: int
    divergences: tuple[Divergence, ...] = ()
    set_aside: int = 0

    def __add__(self, other: "Verified") -> "Verified":
        return Verified(
            self.rows + other.rows,
            self.divergences + other.divergences,
            self.set_aside + other.set_aside,
        )


@dataclass(frozen=True, slots=True)
class Verifier:
    """Compares one table; `settle` returns once what was on its way has arrived.

    `set_aside` holds the keys of rows that could not be converted.
    """

    table: TableMap
    legacy: LegacySide
    modern: Side
    settle: Settle
    set_aside: Collection[str] = field(default=frozenset())

    def ranges(self, size: int = CHUNK) -> Iterator[Range]:
        """Cut the table into ranges of at most `size` legacy rows; the last one is open.

        A text key has one range: the two databases do not agree on the order of texts.
        """
        after: int | None = None
        while self.table.key_is_number:
            upto = self.legacy.end_of_range(after, size)
            if upto is None:
                break
            yield Range(after, upto)
            after = upto
        yield Range(after, None)

    def verify(self, part: Range) -> Verified:
        """Compare one range."""
        summary = self.legacy.summary(part)
        if summary == self.modern.summary(part):
            return Verified(rows=summary[0])
        suspects = _different(self.legacy.rows(part), self.modern.rows(part))
        aside = {key for key in suspects if key in self.set_aside}
        confirmed = self._confirm(suspects - aside)
        ordered = sorted(confirmed, key=lambda key: (len(key), key))
        return Verified(summary[0], tuple(map(self._explain, ordered)), len(aside))

    def _confirm(self, suspects: set[str]) -> set[str]:
        """Look again at rows that differ until they agree, or have differed often enough."""
        for _ in range(ATTEMPTS):
            if suspects:
                self.settle()
                suspects = _different(self.legacy.of_keys(suspects), self.modern.of_keys(suspects))
        return suspects

    def _explain(self, key: str) -> Divergence:
        legacy, modern = self.legacy.columns(key), self.modern.columns(key)
        if legacy is None or modern is None:
            kind = Kind.SURPLUS if legacy is None else Kind.MISSING
            return Divergence(self.table.source, key, kind)
        pairs = zip(self.table.source_columns, legacy, modern, strict=True)
        names = tuple(name for name, one, other in pairs if one != other)
        return Divergence(self.table.source, key, Kind.DIFFERENT, names)


def _different(legacy: Digests, modern: Digests) -> set[str]:
    return {key for key in legacy.keys() | modern.keys() if legacy.get(key) != modern.get(key)}
