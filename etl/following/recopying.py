"""Copies tables anew while the log is followed: chunks of rows between two watermarks.

A chunk is read after a commit to the watermark row, so it sees all that was read of the log before.
Rows that the log touches afterwards leave the chunk: the log brings them. Once the log was read to
where it ended when the chunk had been read, the others are what the chunk says, and are stored in
the commit that moves the place. Until then a chunk is in memory alone, and may be lost.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from etl import checkpoints, marks, preflight, sweep
from etl.checkpoints import Checkpoint
from etl.errors import PreflightFailed, SchemaChanged, SettingsInvalid
from etl.following import column_history, recopies
from etl.following.batch import Images
from etl.following.recopies import COPYING, DONE, FAILED, SWEEPING, Recopy
from etl.mysql import Source, TableReader
from etl.postgres import Target
from etl.rows import Change, Key, Position, Row
from etl.tables import TableMap

LOOK_SECONDS = 1.0
# Other tables wait while a chunk is read and stored: chunks shrink and grow to take this long.
QUICK_SECONDS, SLOW_SECONDS = 0.02, 0.05
FEWEST_ROWS, MOST_ROWS = 50, 2_000
_BYTES = 2_000_000


@dataclass(slots=True)
class Fence:
    """Rows as they were read, None for those to be deleted, until the log has passed `high`.

    `then` is how far the copy is when they are stored.
    """

    table: TableMap
    images: dict[Key, Row | None]
    then: Recopy
    high: Position

    def touch(self, changes: Iterable[Change]) -> None:
        """Leave to the log what it brings itself."""
        for change in changes:
            if change.table == self.table.source:
                for key in (change.old_key, change.new_key):
                    if key is not None:
                        self.images.pop(key, None)


@dataclass(slots=True)
class Recopying:
    """Works off what bridge.recopy asks for, a chunk at a time.

    `tables` and `since` are the follower's own: a table that was never copied is added to them.
    """

    source: Source
    target: Target
    tables: dict[str, TableMap]
    since: dict[str, Position]
    clock: Callable[[], float] = time.monotonic
    _next_look: float = 0.0
    _rows: int = 500
    _most: int = MOST_ROWS
    _spent: float = 0.0
    _taken_at: float = 0.0
    _work: Recopy | None = None
    _reader: TableReader | None = None
    _fence: Fence | None = None

    def touch(self, changes: Iterable[Change]) -> None:
        """Take note of changes that were read from the log."""
        if self._fence is not None:
            self._fence.touch(changes)

    def leave(self, name: str) -> None:
        """Forget, in the caller's transaction, copies of a table that is not followed any more."""
        recopies.drop(self.target.connection, [name])
        if self._work is not None and self._work.source == name:
            self._work = self._reader = self._fence = None

    def is_ripe(self, position: Position) -> bool:
        """Say whether there is a chunk to be stored when the log is read up to a position."""
        return self._fence is not None and position >= self._fence.high

    def step(self) -> None:
        """Read a chunk, if there is work and no chunk waits; work that cannot be is put away."""
        work = self._work or self._look()
        if work is None or self._fence is not None:
            return
        began = self.clock()
        try:
            self._fence = self._read(work)
        except (PreflightFailed, SchemaChanged, SettingsInvalid) as problem:
            self._save(replace(work, phase=FAILED, detail=str(problem)))
        self._spent = self.clock() - began

    def take(self, position: Position, *, beside: Images) -> Fence | None:
        """Put the rows of a chunk that is ripe at a position among those that are to be stored."""
        fence = self._fence
        if fence is None or not self.is_ripe(position):
            return None
        if fence.images:
            beside.setdefault(fence.table.source, {}).update(fence.images)
        self._taken_at = self.clock()
        return fence

    def stored(self, fence: Fence, deleted: int) -> None:
        """Note, in the transaction that stored a chunk, how far its copy is.

        Of the rows that were `deleted` with it, some may be the log's.
        """
        surplus = sum(row is None for row in fence.images.values())
        then = replace(fence.then, deleted=fence.then.deleted + min(surplus, deleted))
        if then.phase == DONE and then.is_whole:
            checkpoints.finish(self.target.connection, then.source, then.copied)
        recopies.save(self.target.connection, then)
        self._keep(then)
        self._fence = None
        took = self._spent + self.clock() - self._taken_at
        self._rows = paced(self._rows, took, most=self._most)

    def _look(self) -> Recopy | None:
        if self.clock() < self._next_look:
            return None
        self._next_look = self.clock() + LOOK_SECONDS
        with self.target.transaction():
            self._work = recopies.following(self.target.connection)
        return self._work

    def _save(self, work: Recopy) -> None:
        with self.target.transaction():
            recopies.save(self.target.connection, work)
        self._keep(work)

    def _keep(self, work: Recopy) -> None:
        """Go on with work until it is finished; then look for more at once."""
        self._work = work if work.is_open else None
        if self._work is None:
            self._reader, self._next_look = None, 0.0

    def _read(self, work: Recopy) -> Fence:
        reader = self._reader = self._reader or self._prepared(work)
        self.source.fetch(marks.RAISE_WATERMARK)
        if work.keys is not None:
            images, then = _rows(reader, work, self._rows)
        elif work.phase == COPYING:
            images, then = _chunk(reader, work, self._rows)
        else:
            images, then = self._surplus(reader, work)
        return Fence(reader.table, images, then, self.source.end_of_log())

    def _prepared(self, work: Recopy) -> TableReader:
        if work.source not in self.tables:
            if not work.is_whole:
                raise SettingsInvalid(
                    f"{work.source} is not followed: run `etl backfill --resnapshot --tables "
                    f"{work.source}`, which copies all of it"
                )
            self._follow(work.source)
        reader = self.source.reader(self.tables[work.source])
        self._most = max(min(MOST_ROWS, _BYTES // max(reader.size().row_bytes, 1)), 1)
        self._rows = min(self._rows, self._most)
        return reader

    def _follow(self, name: str) -> None:
        """Follow a table that was not followed, from here on; all of its chunks are read later."""
        (table,) = self.source.inventory().chosen([name])
        preflight.require_target_tables(self.target.connection, [table])
        preflight.require_mirrors(self.target.connection, [table])
        since, _ = self.source.start()
        with self.target.transaction():
            new = Checkpoint(name, since.file, since.offset)
            checkpoints.save_checkpoint(self.target.connection, new)
            column_history.begin(self.target.connection, self.source, [name], since)
        self.since[name] = since
        self.tables[name] = table

    def _surplus(self, reader: TableReader, work: Recopy) -> tuple[dict[Key, Row | None], Recopy]:
        """Find rows among the next ones of modern that legacy does not have."""
        bounds = (work.last_key or work.after, work.upto)
        keys = sweep.page(self.target, reader.table, *bounds)
        if not keys:
            return {}, replace(work, phase=DONE)
        gone = sweep.gone(reader, keys)
        return dict.fromkeys(gone), replace(work, last_key=keys[-1])


def paced(rows: int, seconds: float, *, most: int) -> int:
    """Say how many rows the next chunk has when one of `rows` took so long to read and store."""
    if seconds > SLOW_SECONDS:
        return min(max(rows // 2, FEWEST_ROWS), most)
    return min(rows * 2, most) if seconds < QUICK_SECONDS else rows


def _chunk(reader: TableReader, work: Recopy, size: int) -> tuple[dict[Key, Row | None], Recopy]:
    chunk = reader.chunk(work.last_key or work.after, size, upto=work.upto)
    copied = work.copied + len(chunk.rows)
    if len(chunk.rows) < size:
        phase = SWEEPING if work.sweep else DONE
        then = replace(work, phase=phase, last_key=None, copied=copied)
    else:
        then = replace(work, last_key=chunk.last_key, copied=copied)
    return {row[reader.table.key_index] or b"": row for row in chunk.rows}, then


def _rows(reader: TableReader, work: Recopy, size: int) -> tuple[dict[Key, Row | None], Recopy]:
    """Read some of the rows that were named; one that legacy does not have is to be deleted."""
    named = list(work.keys or ())
    keys = named[work.copied : work.copied + size]
    images: dict[Key, Row | None] = dict.fromkeys(keys)
    images.update((row[reader.table.key_index] or b"", row) for row in reader.rows(keys))
    copied = work.copied + len(keys)
    phase = DONE if copied == len(named) else COPYING
    return images, replace(work, copied=copied, phase=phase)
