"""One pass of verify over a table: ranges, repairs, totals, and the note of how fresh it is.

Only a pass that compares all columns to the table's end makes the table count as verified.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from etl import checkpoints
from etl.mysql import Source
from etl.postgres import Target, translated
from etl.stopping import Stop
from etl.tables import TableMap
from etl.verification import digest, freshness, totals
from etl.verification.deep_compare import EVERY, DeepCompare
from etl.verification.repair import repair
from etl.verification.sides import LegacySide, ModernSide, Range
from etl.verification.totals import Unequal
from etl.verification.verify import ATTEMPTS, CHUNK, Divergence, Kind, Settle, Verified, Verifier


@dataclass(frozen=True, slots=True)
class Options:
    """How to verify: `quick` compares keys and totals alone; `load` is the share of time at work.

    JSON is compared by its checksum, and by itself in one row of so many as `documents` says.
    A pass that resumes goes on where one that was cut short had got. `totals` may be left out where
    all rows are compared: each is one query of the whole table, whatever the load.
    """

    chunk: int = CHUNK
    documents: int = EVERY
    quick: bool = False
    repair: bool = False
    resume: bool = False
    totals: bool = True
    load: float = 1.0


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass over one table; `settle` returns once what was on its way has arrived."""

    source: Source
    target: Target
    table: TableMap
    options: Options
    stop: Stop
    settle: Settle

    def parts(self) -> Iterator[Verified]:
        """Compare range by range, the last one with the totals.

        What a stop leaves is for a pass that resumes: also the range it came in, because rows of it
        may be called different that were only on their way.
        """
        began_at, after = self._begin()
        verifier = self._verifier()
        for part in verifier.ranges(self.options.chunk, after=after):
            began = time.monotonic()
            verified = self._range(verifier, part)
            if part.upto is None and self.options.totals:
                verified = replace(verified, totals=tuple(self._totals(verifier)))
            if self.stop.requested():
                return
            self._note(began_at, verified, part)
            yield verified
            if self._rest(time.monotonic() - began):
                return

    def _begin(self) -> tuple[datetime | None, int | None]:
        if self.options.quick:
            return None, None
        with self.target.transaction():
            return freshness.begin(
                self.target.connection, self.table.source, resume=self.options.resume
            )

    def _verifier(self) -> Verifier:
        table = self.table
        if self.options.quick:
            table = replace(table, columns=(table.key_column,))
        with translated():
            aside = checkpoints.set_aside_keys(self.target.connection, table.source)
        return Verifier(
            table,
            LegacySide(self.source, table, digest.legacy(table, self.source.columns(table.source))),
            ModernSide(self.target.connection, table, digest.modern(table)),
            settle=self.settle,
            set_aside=aside,
        )

    def _range(self, verifier: Verifier, part: Range) -> Verified:
        verified = verifier.verify(part)
        if not self.options.quick:
            others = tuple(self._documents(part))
            verified = replace(verified, divergences=verified.divergences + others)
        if verified.divergences:
            verified = self._without_those_set_aside(verified)
        if not self.options.repair or not verified.divergences:
            return verified
        found = [divergence.key for divergence in verified.divergences]
        keys = [self.table.source_key(key) for key in found]
        repair(self.source, self.target, self.table, keys, stop=self.stop)
        left = verifier.again(found)
        return replace(verified, divergences=left, repaired=len(found) - len(left))

    def _without_those_set_aside(self, verified: Verified) -> Verified:
        """Leave out rows that were set aside since the pass began, which may be long ago."""
        with translated():
            aside = checkpoints.set_aside_keys(self.target.connection, self.table.source)
        left = tuple(one for one in verified.divergences if one.key not in aside)
        more = len(verified.divergences) - len(left)
        return replace(verified, divergences=left, set_aside=verified.set_aside + more)

    def _documents(self, part: Range) -> Iterator[Divergence]:
        """Compare documents themselves, again if one is another: it may have been on its way."""
        compare = DeepCompare(self.source, self.target, self.table, self.options.documents)
        found = list(compare.different(part))
        if found:
            self.settle()
            found = list(compare.different(part))
        for key, column in found:
            yield Divergence(self.table.source, key, Kind.DIFFERENT, (column,))

    def _totals(self, verifier: Verifier) -> Iterator[Unequal]:
        """Compare totals, which cannot be equal while rows are set aside."""
        for total in totals.of(self.table) if not verifier.set_aside else ():
            compare = partial(
                totals.compare, total, self.table, self.source, self.target.connection
            )
            unequal = compare()
            for _ in range(ATTEMPTS):
                if unequal:
                    verifier.settle()
                    unequal = compare()
            yield from unequal

    def _note(self, began_at: datetime | None, verified: Verified, part: Range) -> None:
        if began_at is None:
            return
        name, connection = self.table.source, self.target.connection
        progress = freshness.Progress(part.upto, verified.rows, verified.different)
        with self.target.transaction():
            freshness.reach(connection, name, began_at, progress)
            if part.upto is None:
                freshness.finish(connection, name, began_at)

    def _rest(self, worked: float) -> bool:
        """Pause for as long as the load allows no work; say whether to stop."""
        return self.stop.pause(worked * (1 / self.options.load - 1)) or self.stop.requested()
