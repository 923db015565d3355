"""Compares both sides row by row, by digests that each database computes, and names what differs.

Both compute at the same time.

A table is read in ranges of its key. A range whose digests differ is compared row by row; a row
that differs is looked at again once the follower and write-back have passed it, because it may
only have been on its way. Rows that are set aside are left out and counted.
"""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from etl.tables import TableMap
from etl.verification.sides import Digests, LegacySide, Range, Side
from etl.verification.totals import Unequal

CHUNK = 20_000
ATTEMPTS = 3
Settle = Callable[[], None]
_Answer = TypeVar("_Answer")


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
    """What comparing came to; `rows` counts legacy's, `repaired` those that were different."""

    rows: int = 0
    divergences: tuple[Divergence, ...] = ()
    set_aside: int = 0
    repaired: int = 0
    totals: tuple[Unequal, ...] = ()

    @property
    def different(self) -> int:
        """How many rows and totals differ."""
        return len(self.divergences) + len(self.totals)

    def __add__(self, other: "Verified") -> "Verified":
        return Verified(
            self.rows + other.rows,
            self.divergences + other.divergences,
            self.set_aside + other.set_aside,
            self.repaired + other.repaired,
            self.totals + other.totals,
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

    def ranges(self, size: int = CHUNK, *, after: int | None = None) -> Iterator[Range]:
        """Cut the table, behind a key, into ranges of at most `size` legacy rows; the last is open.

        A text key has one range: the two databases do not agree on the order of texts.
        """
        while self.table.key_is_number:
            upto = self.legacy.end_of_range(after, size)
            if upto is None:
                break
            yield Range(after, upto)
            after = upto
        yield Range(after, None)

    def verify(self, part: Range) -> Verified:
        """Compare one range."""
        summary, other = self._both(lambda side: side.summary(part))
        if summary == other:
            return Verified(rows=summary[0])
        suspects = _different(*self._both(lambda side: side.rows(part)))
        aside = {key for key in suspects if key in self.set_aside}
        return Verified(summary[0], self.again(suspects - aside), len(aside))

    def again(self, keys: Collection[str]) -> tuple[Divergence, ...]:
        """Look again at rows that differed, and say how those differ that still do."""
        confirmed = self._confirm(set(keys))
        ordered = sorted(confirmed, key=lambda key: (len(key), key))
        return tuple(map(self._explain, ordered))

    def _both(self, ask: Callable[[Side], _Answer]) -> tuple[_Answer, _Answer]:
        """Ask both databases at the same time."""
        with ThreadPoolExecutor(max_workers=1) as other:
            modern = other.submit(ask, self.modern)
            legacy = ask(self.legacy)
            return legacy, modern.result()

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
