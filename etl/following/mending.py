"""Tries rows again that PostgreSQL refused: what was in their way may be gone by now.

Both sides may enrol the same learner at the same time. Legacy's row is refused here while modern's
is on its way, and nothing in the log speaks of it again once that conflict was decided.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from etl import checkpoints
from etl.mysql import Source
from etl.postgres import Applied, Target
from etl.rows import Key, Row
from etl.tables import TableMap

EVERY_SECONDS = 2.0
_AT_ONCE = 100


@dataclass(slots=True)
class Mending:
    """Reads refused rows anew from legacy and applies them as they are there now."""

    source: Source
    target: Target
    tables: Mapping[str, TableMap]
    clock: Callable[[], float] = time.monotonic
    _next: float = 0.0

    def step(self) -> None:
        """Try some rows again, if it is time to."""
        if self.clock() < self._next:
            return
        self._next = self.clock() + EVERY_SECONDS
        with self.target.transaction():
            # Those of tables that wait for a new snapshot would be in the way of the others.
            refused = sorted(checkpoints.refused(self.target.connection, self.tables, _AT_ONCE))
        for name, rows in groupby(refused, key=itemgetter(0)):
            mend(self.source, self.target, self.tables[name], [key for _, key in rows])


def mend(source: Source, target: Target, table: TableMap, keys: Iterable[Key]) -> Applied:
    """Store rows as legacy has them now; one that it no longer has is deleted here, too.

    The log, read on from a place before, brings them to the same in the end.
    """
    images: dict[Key, Row | None] = dict.fromkeys(keys)
    acked = source.acked()
    for row in source.reader(table).rows(list(images)):
        images[row[table.key_index] or b""] = row
    with target.transaction():
        applied = target.writer(table).apply(images, acked=acked)
        checkpoints.record(target.connection, table.source, applied, images)
    return applied
