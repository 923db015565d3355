"""The loop from modern to legacy: outbox entries in order, compared and set, exactly once.

The marker row is updated in the transaction of the legacy writes. It is this worker's position, it
keeps two workers apart, and in the log it tells the follower which modern writes legacy contains.
An entry that causes no legacy write has no echo in the log, so the worker itself takes the legacy
row over; otherwise the two sides would stay different.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

import orjson
from pymysql.connections import Connection as LegacyConnection

from etl import column_limits, exclusive, legacy_cache, legacy_values, marks, mysql, postgres
from etl.compare_and_set import Image, Intent, Verdict, judge
from etl.errors import NotInstalled, OutboxReplaced
from etl.legacy_cache import LegacyCache
from etl.legacy_writer import MARK, LegacyRefused, LegacyWriter
from etl.mysql import Source, text, translated
from etl.outbox import Entry, Outbox
from etl.policies import Policies, Policy
from etl.postgres import Connection, Target
from etl.postgres import translated as target_translated
from etl.rows import Document, Row
from etl.settings import EtlSettings
from etl.stopping import Stop
from etl.tables import BY_SOURCE, TableMap

BATCH = 200
# A modern write waits this long at the most before it is looked at.
IDLE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of entries; `upto` is the entry that legacy now contains."""

    upto: int = 0
    written: int = 0
    same: int = 0
    conflicts: int = 0

    def __add__(self, later: "Carried") -> "Carried":
        return Carried(
            later.upto,
            self.written + later.written,
            self.same + later.same,
            self.conflicts + later.conflicts,
        )


Report = Callable[[Carried], None]


@dataclass(slots=True)
class WriteBack:
    """Carries entries over one connection to each side; `report` gets what became of a batch."""

    legacy: LegacyConnection
    modern: Connection
    policies: Policies = field(default_factory=Policies)
    until_empty: bool = False
    report: Report = field(default=lambda _: None)
    cache: LegacyCache = field(default_factory=LegacyCache)
    progressed: bool = False
    outbox: Outbox = field(init=False)
    _source: Source = field(init=False)
    _target: Target = field(init=False)
    _writers: dict[str, LegacyWriter] = field(init=False, default_factory=dict)
    _last: int = field(init=False, default=-1)

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.modern)
        self._source = Source(self.legacy)
        self._target = Target(self.modern)

    @classmethod
    def start(
        cls,
        settings: EtlSettings,
        *,
        policies: Policies,
        until_empty: bool,
        stop: Stop,
        report: Report,
        cache: LegacyCache | None = None,
    ) -> "WriteBack":
        """Connect to both sides and take the lock that keeps a second worker away."""
        with ExitStack() as opened:
            modern = opened.enter_context(closing(postgres.connect(settings.modern)))
            exclusive.claim(modern, stop, direction=exclusive.Direction.BACK)
            worker = cls(
                mysql.connect(settings.legacy),
                modern,
                policies,
                until_empty,
                report,
                cache or LegacyCache(),
            )
            opened.pop_all()
        return worker

    def close(self) -> None:
        """Close both connections, which also gives the lock back."""
        self.modern.close()
        self.legacy.close()

    def run(self, stop: Stop) -> None:
        """Carry entries over until stopped, or until none is left that was there at the start."""
        end = self.outbox.last() if self.until_empty else None
        # A worker that was killed may have committed these without telling the caches.
        self.cache.forget(self._latest_users())
        while not stop.requested():
            carried = self.step()
            if carried is not None:
                self.progressed = True
                self.report(carried)
            elif end is not None and self._last >= end:
                return
            else:
                self.cache.settle()
                stop.pause(IDLE_SECONDS)

    def step(self) -> Carried | None:
        """Carry the next entries over in one legacy transaction; None when none is waiting."""
        safe = self.outbox.horizon()
        if safe <= self._last:
            return None
        with translated():
            self.legacy.begin()
        try:
            return self._carry_upto(safe)
        finally:
            with translated():
                self.legacy.rollback()

    def _carry_upto(self, safe: int) -> Carried | None:
        last = self._locked_mark()
        entries = self.outbox.entries(after=last, upto=safe, limit=BATCH)
        if not entries:
            self._last = safe
            return None
        verdicts = [self._carry(entry) for entry in entries]
        self._last = entries[-1].seq
        self._source.fetch(MARK, self._last)
        with translated():
            self.legacy.commit()
        self.cache.forget(entry.key for entry in entries if entry.source == legacy_cache.TABLE)
        return _summary(self._last, verdicts)

    def _latest_users(self) -> Sequence[str]:
        if not self.cache.servers:
            return ()
        return self.outbox.latest(legacy_cache.TABLE, upto=self._source.acked(), limit=BATCH)

    def _locked_mark(self) -> int:
        rows = self._source.fetch(marks.READ_LOCKED)
        if not rows:
            raise NotInstalled("the bridge's row in bridge_origin is missing: run `etl install`")
        acked = int(text(rows[0][0]))
        self._require_outbox_of(acked)
        return acked

    def _require_outbox_of(self, acked: int) -> None:
        """Raise OutboxReplaced if legacy contains entries that this outbox never had."""
        handed_out = self.outbox.handed_out()
        if acked > handed_out:
            raise OutboxReplaced(
                f"legacy contains modern's writes up to entry {acked}, but the outbox ends at "
                f"{handed_out}: PostgreSQL was restored or made anew; run `etl verify`, settle "
                "what differs, then `etl install`, which goes on behind that entry"
            )

    def _carry(self, entry: Entry) -> Verdict:
        writer = self._writer(entry)
        table = writer.table
        row = writer.locked(entry.key.encode())
        intent = Intent(*table.revert_change(entry.before, entry.after))
        verdict = judge(intent, None if row is None else legacy_values.image(table, row))
        policy = self.policies.of(table.source)
        if verdict is Verdict.CONFLICT:
            self._record(entry, table, row, str(policy))
        if verdict is Verdict.SAME or (verdict is Verdict.CONFLICT and policy is Policy.LEGACY):
            self._take_over(table, entry, row)
            return verdict
        return self._write(writer, entry, intent, row) or verdict

    def _writer(self, entry: Entry) -> LegacyWriter:
        """Prepare writing a table once; raise NotInstalled for a table that has no map."""
        if entry.source not in self._writers:
            reader = self._source.reader(_table(entry))
            limits = column_limits.read(self._source, entry.source)
            self._writers[entry.source] = LegacyWriter(self.legacy, reader, limits)
        return self._writers[entry.source]

    def _write(
        self, writer: LegacyWriter, entry: Entry, intent: Intent, row: Row | None
    ) -> Verdict | None:
        """Write the row; one that legacy cannot hold or refuses is kept on record, all images.

        It is written all the same: legacy's readers see what legacy can store of it.
        """
        key = writer.table.key_column.kind.revert(entry.key)
        misfits = writer.misfits(intent, exists=row is not None)
        if misfits:
            names = ", ".join(misfit.column for misfit in misfits)
            self._record(entry, writer.table, row, f"not representable: {names}")
        try:
            exact = writer.write(intent, key, exists=row is not None)
        except LegacyRefused:
            self._record(entry, writer.table, row, "refused by legacy")
            self._take_over(writer.table, entry, row)
            return Verdict.CONFLICT
        if not exact and not misfits:
            self._record(entry, writer.table, row, "altered by legacy")
        return None

    def _take_over(self, table: TableMap, entry: Entry, row: Row | None) -> None:
        """Make the modern row what the legacy row is, unless a later modern write is waiting."""
        with self._target.transaction():
            self._target.writer(table).apply({entry.key.encode(): row}, acked=entry.seq)

    def _record(self, entry: Entry, table: TableMap, row: Row | None, policy: str) -> None:
        legacy = None if row is None else legacy_values.image(table, row)
        with target_translated():
            self.modern.execute(
                _RECORD,
                {
                    "seq": entry.seq,
                    "policy": policy,
                    "legacy": None if legacy is None else _json(legacy),
                },
            )


def _table(entry: Entry) -> TableMap:
    table = BY_SOURCE.get(entry.source)
    if table is None:
        raise NotInstalled(
            f"outbox entry {entry.seq} is for {entry.source}, which has no table map: run "
            "`etl install` with the version that wrote it, and let write-back finish first"
        )
    return table


def _summary(upto: int, verdicts: Iterable[Verdict]) -> Carried:
    found = list(verdicts)
    return Carried(
        upto=upto,
        written=found.count(Verdict.WRITE),
        same=found.count(Verdict.SAME),
        conflicts=found.count(Verdict.CONFLICT),
    )


def _json(image: Image) -> str:
    # A NUL, which jsonb cannot hold, shows as its symbol again.
    shown = {
        name: str(value).replace("\0", "\u2400") if isinstance(value, str | Document) else value
        for name, value in image.items()
    }
    return orjson.dumps(shown, default=str).decode()


# A batch that is repeated after a lost connection records its conflicts once.
_RECORD = """
    INSERT INTO bridge.conflict (seq, source, key, op, policy, legacy, before, after)
    SELECT seq, source, key, op, %(policy)s, %(legacy)s, before, after
    FROM bridge.outbox AS entry
    WHERE seq = %(seq)s AND NOT EXISTS (
        SELECT FROM bridge.conflict WHERE seq = entry.seq AND policy = %(policy)s
    )
"""
