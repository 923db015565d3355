"""`etl follow`: apply the log's transactions to PostgreSQL, place and rows in the same commit.

Batches hold whole transactions and the last image of each row; echoes of modern writes are applied
like anything else, which does nothing when they are equal. A transaction too large for a batch
waits on disk for its end.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import chain
from typing import Self

from etl import catalogue, checkpoints, exclusive, mysql, postgres, preflight, reconnecting
from etl.checkpoints import Checkpoint, Place
from etl.errors import NotInstalled, PositionPurged, SchemaChanged
from etl.following import barriers, column_history, failover, followed_tables, locking
from etl.following.batch import Batch, Images
from etl.following.column_history import History
from etl.following.mending import Mending
from etl.following.recopying import Recopying
from etl.following.spill import Spill
from etl.inventory import Inventory
from etl.log.binlog import Binlog, Event
from etl.log.gtids import Gtids
from etl.mysql import Source
from etl.postgres import Target
from etl.rows import Position, SchemaChange, Transaction
from etl.settings import EtlSettings
from etl.stopping import Stop
from etl.tables import TableMap

# How long a quiet log may keep the loop from looking whether it is to stop.
_IDLE_SECONDS = 0.25

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """`until_caught_up` ends at where the log ended at the start; `accept` names changed tables.

    `after_failover` lets the place of another server be found by GTID on this one.
    """

    until_caught_up: bool = False
    accept: Sequence[str] = ()
    after_failover: bool = False


def follow(settings: EtlSettings, options: Options, *, stop: Stop, report: Report) -> None:
    """Follow until stopped or caught up; raise TryAgain if a database is not there at the start."""
    former = exclusive.Former()

    def start() -> Follower:
        follower = Follower.start(settings, options, stop=stop, report=report, former=former)
        report(f"following {len(follower.tables)} tables from {follower.place.position}")
        return follower

    reconnecting.keep_going(start, stop=stop, report=report)
    report("stopped")


@dataclass(slots=True)
class Follower:
    """One stretch of following, over one set of connections."""

    source: Source
    target: Target
    binlog: Binlog
    place: Place
    tables: dict[str, TableMap]
    mending: Mending
    recopying: Recopying
    end: Position | None
    connections: ExitStack
    history: History
    report: Report
    progressed: bool = False
    spill: Spill | None = None

    @classmethod
    def start(
        cls,
        settings: EtlSettings,
        options: Options,
        *,
        stop: Stop,
        report: Report,
        former: exclusive.Former | None = None,
    ) -> Self:
        """Connect, take the lock and ask for the log; raise what makes following unsafe."""
        with postgres.translated(), ExitStack() as connections:
            connection = connections.enter_context(closing(postgres.connect(settings.modern)))
            exclusive.claim(connection, stop, former=former)
            exclusive.claim(connection, stop, direction=exclusive.Direction.FOLLOWING)
            # The place is in the commit of its rows: losing the last commits means replaying them.
            connection.execute("SET synchronous_commit = off")
            legacy = connections.enter_context(closing(mysql.connect(settings.legacy)))
            log = connections.enter_context(closing(mysql.connect_to_log(settings.legacy)))
            source, target = Source(legacy), Target(connection)
            preflight.require_log(source)
            if options.after_failover:
                failover.move(source, target)
            place = _place(target, source.server())
            inventory = source.inventory()
            _accept(source, target, inventory.chosen(options.accept) if options.accept else ())
            known = _known(inventory, target)
            history = History(target.connection, source.columns)
            tables = followed_tables.maps(inventory, known, history, place.position)
            preflight.require_mirrors(target.connection, tables.values())
            for line in _waiting(target):
                report(line)
            since = {name: checkpoint.since for name, checkpoint in known.items()}
            binlog = Binlog(
                log,
                position=place.position,
                schema=settings.legacy.database,
                tables=tables,
                catalogue=history.columns,
                since=since,
                begun=place.begun,
                gtids=Gtids.parse(place.gtid or ""),
            )
            with mysql.translated():
                binlog.start()
            end = source.end_of_log() if options.until_caught_up else None
            return cls(
                source,
                target,
                binlog,
                place,
                tables,
                Mending(source, target, tables),
                Recopying(source, target, tables, since),
                end,
                connections.pop_all(),
                history,
                report,
            )

    def close(self) -> None:
        """Close all connections, which also gives the lock back."""
        self._forget_spill()
        self.connections.close()

    def run(self, stop: Stop) -> None:
        """Apply what the log brings until it is time to stop; what was applied is committed."""
        batch = Batch()
        while True:
            for event in self._poll(batch.patience(_IDLE_SECONDS)):
                batch = self._take(batch, event)
            caught_up = self.end is not None and self.binlog.position >= self.end
            ending = stop.requested() or caught_up
            if batch.is_due() or self._is_ripe(batch) or (ending and not batch.is_empty()):
                batch = self._flush(batch)
            if ending:
                self.mending.step()
                self._require_all(caught_up=caught_up)
                return
            self._work_beside()

    def _work_beside(self) -> None:
        """Do what the log does not bring, unless it is in the middle of a large transaction."""
        if self.spill is None:
            self.mending.step()
            self.recopying.step()

    def _is_ripe(self, batch: Batch) -> bool:
        return self.recopying.is_ripe(batch.advanced(self.place).position)

    def _poll(self, patience: float) -> Iterator[Event]:
        """Wait for the log; what keeps it from being read is noted before it is raised."""
        try:
            yield from self.binlog.poll(patience)
        except SchemaChanged as error:
            with self.target.transaction():
                checkpoints.require_schema(self.target.connection, [error.table], str(error))
            raise
        except PositionPurged as error:
            with self.target.transaction():
                checkpoints.require_resnapshot(self.target.connection, str(error))
            raise

    def _take(self, batch: Batch, event: Event) -> Batch:
        if isinstance(event, SchemaChange):
            return self._at_barrier(batch, event)
        self.recopying.touch(event.changes)
        if event.position is None:
            return self._put_away(batch, event)
        batch.add(event)
        return self._flush(batch) if batch.is_full() or self.spill is not None else batch

    def _put_away(self, batch: Batch, piece: Transaction) -> Batch:
        """Keep a piece of a large transaction for its end; what came before is applied first."""
        if self.spill is None:
            batch = batch if batch.is_empty() else self._flush(batch)
            self.spill = Spill()
        self.spill.add(piece.changes)
        return batch

    def _flush(self, batch: Batch) -> Batch:
        with self.target.transaction():
            self._apply(batch)
        self._forget_spill()
        self.progressed = True
        return Batch()

    def _apply(self, batch: Batch) -> None:
        place = batch.advanced(self.place)
        if self.spill is not None:
            self._store_spilled(self.spill, batch.images, place)
        # Together, so that the rows of a table are locked in one order, as modern's writers do.
        chunk = self.recopying.take(place.position, beside=batch.images)
        deleted = self._store(batch.images, place)
        if chunk is not None:
            self.recopying.stored(chunk, deleted[chunk.table.source])
        checkpoints.save_place(self.target.connection, place)
        self.place = place

    def _store_spilled(self, spill: Spill, last: Images, place: Place) -> None:
        """Store all of a large transaction but its last piece, of which the rows are locked too."""
        keys = ((name, key) for name, rows in last.items() for key in rows)
        locking.lock(self.target.connection, self.tables, chain(spill.keys(), keys))
        for images in spill.pieces():
            self._store(images, place)

    def _store(self, images: Images, place: Place) -> Counter[str]:
        """Store rows, and count those that were deleted of each table."""
        deleted = Counter[str]()
        for name, rows in images.items():
            applied = self.target.writer(self.tables[name]).apply(rows, acked=place.acked)
            checkpoints.record(self.target.connection, name, applied, rows)
            deleted[name] = applied.deleted
        return deleted

    def _forget_spill(self) -> None:
        if self.spill is not None:
            self.spill.close()
            self.spill = None

    def _at_barrier(self, batch: Batch, change: SchemaChange) -> Batch:
        """Apply all before the statement, note what it hit and that it is behind us, and stop.

        A table that only a new snapshot can mend waits for it, and the others go on: what the log
        has of it until then is in that snapshot.
        """
        lost = self._lost(change)
        kept = [name for name in change.tables if name not in lost]
        stays = barriers.needs_schema(change, kept, self._misfits(kept))
        waits = barriers.needs_resnapshot(change, lost)
        with self.target.transaction():
            self._apply(batch)
            behind = replace(self.place, file=change.position.file, offset=change.position.offset)
            checkpoints.save_place(self.target.connection, behind)
            checkpoints.require_schema(self.target.connection, kept, stays)
            checkpoints.let_wait(self.target.connection, lost, waits)
            for name in lost:
                self.recopying.leave(name)
        self._forget_spill()
        if kept:
            raise SchemaChanged(kept[0], stays)
        self.place = behind
        for name in lost:
            del self.tables[name]
            self.history.forget(name)
        self.report(waits)
        return Batch()

    def _misfits(self, names: Sequence[str]) -> Sequence[str]:
        """Say what of the maps of mapped tables does not fit the columns that they have now."""
        mapped = (self.tables[name] for name in names if not self.tables[name].schema)
        found = (catalogue.misfit(table, self.source.columns(table.source)) for table in mapped)
        return list(filter(None, found))

    def _lost(self, change: SchemaChange) -> Sequence[str]:
        """Name the tables that hold other rows now, or of which earlier rows may be misread."""
        if not change.keeps_rows:
            return change.tables
        return [name for name in change.tables if not self.history.is_sure(name, change.position)]

    def _require_all(self, *, caught_up: bool) -> None:
        """Raise SchemaChanged if all was read, and a table waits for a new snapshot."""
        if caught_up and (waiting := _waiting(self.target)):
            raise SchemaChanged("", waiting[0])


def _place(target: Target, server: str) -> Place:
    place = checkpoints.place(target.connection)
    if place is None:
        raise NotInstalled("nothing was copied yet: run `etl backfill`, then `etl follow`")
    checkpoints.require_usable(place, server)
    return place


def _accept(source: Source, target: Target, tables: Sequence[TableMap]) -> None:
    """Let tables go on after a change, with the columns of now, if their maps fit these."""
    for table in tables:
        catalogue.require(table, source.columns(table.source))
    with target.transaction():
        place = checkpoints.place(target.connection)
        names = checkpoints.accept_schema(target.connection, [table.source for table in tables])
        if place is not None:
            column_history.add(target.connection, source, names, place.position)


def _known(inventory: Inventory, target: Target) -> dict[str, Checkpoint]:
    """Give the tables that were copied; raise SchemaChanged at one that must not be followed."""
    with target.transaction():
        found = checkpoints.checkpoints(target.connection)
    known = {name: found[name] for name in inventory.maps if name in found}
    for checkpoint in known.values():
        if checkpoint.state == checkpoints.NEEDS_SCHEMA:
            raise SchemaChanged(checkpoint.source, checkpoint.detail)
    return {name: one for name, one in known.items() if one.state == checkpoints.OK}


def _waiting(target: Target) -> list[str]:
    """Say which tables wait for a new snapshot, and why."""
    with target.transaction():
        found = checkpoints.checkpoints(target.connection)
    return [one.detail for one in found.values() if one.state == checkpoints.NEEDS_RESNAPSHOT]
