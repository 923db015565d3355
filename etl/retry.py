"""Tries rows that are set aside again, from their original bytes, by the rules of today.

What is set aside is the last image of a row up to the follower's place. So it may be stored while
no follower moves that place, and a follower that runs is asked to read the rows anew instead.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg

from etl import checkpoints, exclusive
from etl.exclusive import Direction
from etl.following import mending
from etl.mysql import Source
from etl.postgres import Applied, Target, translated
from etl.rows import Key, Row, key_text
from etl.stopping import Stop
from etl.tables import TableMap
from etl.verification.repair import repair

_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Aside:
    """A row that is set aside: its key as PostgreSQL spells it, the reason and the original."""

    key: str
    reason: str
    original: Row


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of rows of one table; `left` counts those that stay, by their reason now."""

    tried: int = 0
    left: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "Retried") -> "Retried":
        return Retried(self.tried + other.tried, self.left + other.left)

    def __str__(self) -> str:
        stored = self.tried - self.left.total()
        reasons = (f"{count} stay: {reason}" for reason, count in sorted(self.left.items()))
        return "; ".join([f"{self.tried} tried, {stored} stored", *reasons])


@dataclass(frozen=True, slots=True)
class Retry:
    """Tries the rows of one table again, all or the one with a key; a rehearsal undoes it all."""

    source: Source
    target: Target
    table: TableMap
    key: str | None = None
    rehearsal: bool = False

    def run(self, stop: Stop) -> Retried:
        """Try page by page; raise AlreadyRunning while a backfill is at work."""
        with translated():
            follows = exclusive.is_claimed(self.target.connection, Direction.FOLLOWING)
        if self.rehearsal:
            return self._all(stop)
        if follows:
            return self._by_the_follower(stop)
        with exclusive.claimed(self.target.connection, stop):
            return self._all(stop)

    def _all(self, stop: Stop) -> Retried:
        total = Retried()
        for page in self._pages():
            total += self._try(page)
            if stop.requested():
                break
        if self.rehearsal and total.tried:
            # Its staging table was undone as well.
            self.target.release(self.table.source)
        return total

    def _pages(self) -> Iterator[Sequence[Aside]]:
        after = ""
        while page := self._page(after):
            yield page
            after = page[-1].key

    def _page(self, after: str) -> Sequence[Aside]:
        wanted = (self.table.source, after, self.key, self.key, _AT_ONCE)
        with translated():
            rows = self.target.connection.execute(_PAGE, wanted).fetchall()
        return [Aside(str(key), str(reason), tuple(kept)) for key, reason, kept in rows]  # type: ignore[arg-type]  # bytea[] is a list of bytes

    def _try(self, page: Sequence[Aside]) -> Retried:
        images = {key: one.original for one in page if (key := self._key(one)) is not None}
        applied = self._apply(images)
        # Columns have come or gone since: only legacy has the whole row.
        others = [self.table.source_key(one.key) for one in page if self._key(one) is None]
        left = [aside.reason for aside in applied.set_aside]
        if others and not self.rehearsal:
            mended = mending.mend(self.source, self.target, self.table, others)
            left += [aside.reason for aside in mended.set_aside]
        return Retried(len(page), Counter(left))

    def _key(self, one: Aside) -> Key | None:
        """Give the key out of the original; None when the table map has changed since."""
        if len(one.original) != len(self.table.columns):
            return None
        key = one.original[self.table.key_index]
        return key if key is not None and key_text(key) == one.key else None

    def _apply(self, images: Mapping[Key, Row | None]) -> Applied:
        applied, name = Applied(), self.table.source
        with self.target.transaction():
            place = checkpoints.place(self.target.connection)
            acked = place.acked if place is not None else 0
            applied = self.target.writer(self.table).apply(images, acked=acked)
            checkpoints.record(self.target.connection, name, applied, images)
            if self.rehearsal:
                raise psycopg.Rollback
        return applied

    def _by_the_follower(self, stop: Stop) -> Retried:
        """Let the follower read the rows anew, in pages, and look which of them it left."""
        tried: list[str] = []
        for page in self._pages():
            names = [one.key for one in page]
            keys = [self.table.source_key(name) for name in names]
            repair(self.source, self.target, self.table, keys, stop=stop)
            tried += names
            if stop.requested():
                break
        with translated():
            rows = self.target.connection.execute(_LEFT, (self.table.source, tried)).fetchall()
        return Retried(len(tried), Counter(str(reason) for (reason,) in rows))


_PAGE = """
    SELECT key, reason, original FROM bridge.set_aside
    WHERE source = %s AND key > %s AND (%s::text IS NULL OR key = %s) ORDER BY key LIMIT %s
"""
_LEFT = "SELECT reason FROM bridge.set_aside WHERE source = %s AND key = ANY(%s)"
