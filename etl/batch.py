"""What the follower applies at once: whole transactions, the last image of each row, one place."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from etl.checkpoints import Place, moment
from etl.rows import Key, Position, Row, Transaction

# Small batches apply as fast as large ones, and wait less.
MAX_ROWS = 5_000
MAX_SECONDS = 0.05
# A batch that only moves the place is not worth a commit for each event.
QUIET_SECONDS = 1.0


@dataclass(slots=True)
class Batch:
    """Transactions to be applied in one commit; `images` maps key → last row, None if deleted."""

    clock: Callable[[], float] = time.monotonic
    images: dict[str, dict[Key, Row | None]] = field(default_factory=dict)
    _rows: int = 0
    _since: float | None = None
    _position: Position | None = None
    _acked: int | None = None
    _at: int = 0
    _gtid: str | None = None

    def add(self, transaction: Transaction) -> None:
        """Take a transaction, or a piece of one, which leaves the place where it is."""
        self._since = self.clock() if self._since is None else self._since
        for change in transaction.changes:
            images = self.images.setdefault(change.table, {})
            if change.old_key is not None:
                images[change.old_key] = None
            if change.new_key is not None:
                images[change.new_key] = change.row
        self._rows += len(transaction.changes)
        if transaction.position is None:
            return
        self._position = transaction.position
        self._acked = transaction.acked if transaction.acked is not None else self._acked
        self._at = transaction.at or self._at
        self._gtid = transaction.gtid or self._gtid

    def is_empty(self) -> bool:
        """Say whether there is nothing to commit, not even a place."""
        return self._since is None

    def is_full(self) -> bool:
        """Say whether to apply before taking more."""
        return self._rows >= MAX_ROWS

    def is_due(self) -> bool:
        """Say whether what there is has waited long enough."""
        return self._since is not None and self.clock() - self._since >= self._limit()

    def patience(self, idle: float) -> float:
        """Say for how many seconds the log may be waited for."""
        if self._since is None:
            return idle
        return min(max(self._since + self._limit() - self.clock(), 0.001), idle)

    def advanced(self, place: Place) -> Place:
        """Give the place after this batch."""
        if self._position is None:
            return place
        return replace(
            place,
            file=self._position.file,
            offset=self._position.offset,
            acked=place.acked if self._acked is None else self._acked,
            source_at=moment(self._at) or place.source_at,
            gtid=self._gtid or place.gtid,
        )

    def _limit(self) -> float:
        return MAX_SECONDS if self._rows else QUIET_SECONDS
