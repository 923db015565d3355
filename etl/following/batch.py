"""What the follower applies at once: whole transactions, the last image of each row, one place."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from etl.checkpoints import Place, moment
from etl.rows import Change, Key, Position, Row, Transaction

# Small batches apply as fast as large ones, and wait less.
MAX_ROWS = 5_000
MAX_BYTES = 8_000_000
MAX_SECONDS = 0.05
# A batch that only moves the place is not worth a commit for each event.
QUIET_SECONDS = 1.0

Images = dict[str, dict[Key, Row | None]]
"""The last image of each row by table and key; None of one that is deleted."""


@dataclass(slots=True)
class Batch:
    """Whole transactions to be applied in one commit."""

    clock: Callable[[], float] = time.monotonic
    images: Images = field(default_factory=dict)
    _rows: int = 0
    _bytes: int = 0
    _since: float | None = None
    _position: Position | None = None
    _acked: int | None = None
    _at: int = 0
    _gtid: str | None = None
    _begun: int = 0

    def add(self, transaction: Transaction) -> None:
        """Take a transaction, or the last piece of one."""
        self._since = self.clock() if self._since is None else self._since
        fold(self.images, transaction.changes)
        self._rows += len(transaction.changes)
        self._bytes += transaction.size
        self._position = transaction.position or self._position
        self._acked = transaction.acked if transaction.acked is not None else self._acked
        self._at = transaction.at or self._at
        self._gtid = transaction.gtid or self._gtid
        self._begun = transaction.begun

    def is_empty(self) -> bool:
        """Say whether there is nothing to commit, not even a place."""
        return self._since is None

    def is_full(self) -> bool:
        """Say whether to apply before taking more."""
        return self._rows >= MAX_ROWS or self._bytes >= MAX_BYTES

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
            begun=self._begun,
        )

    def _limit(self) -> float:
        return MAX_SECONDS if self._rows else QUIET_SECONDS


def fold(images: Images, changes: Iterable[Change]) -> None:
    """Bring images up to date with changes that come after them in the log."""
    for change in changes:
        rows = images.setdefault(change.table, {})
        if change.old_key is not None:
            rows[change.old_key] = None
        if change.new_key is not None:
            rows[change.new_key] = change.row
