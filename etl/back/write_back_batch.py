"""Outbox entries within one legacy transaction: judged, written, and accounted for in modern.

Rows are read under lock and statements sent for many entries at once; each entry is judged and
answered by itself, so that one that legacy refuses spoils none of the others.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

import orjson

from etl import checkpoints
from etl.back import column_limits, legacy_values
from etl.back.compare_and_set import Image, Intent, Verdict, judge
from etl.back.legacy_answers import Answer, answers
from etl.back.legacy_writer import LegacyWriter, Plan
from etl.back.outbox import Entry
from etl.back.policies import Policies, Policy
from etl.errors import NotInstalled
from etl.mysql import Source
from etl.postgres import Target
from etl.row_connection import RowConnection as LegacyConnection
from etl.rows import Document, Key, Row
from etl.tables import BY_SOURCE, TableMap


@dataclass(slots=True)
class Writers:
    """What writes legacy's tables over one connection, worked out once for each table."""

    connection: LegacyConnection
    _known: dict[str, LegacyWriter] = field(init=False, default_factory=dict)

    def of(self, entry: Entry) -> LegacyWriter:
        """Give what writes the table of an entry; raise NotInstalled if it has no map."""
        if entry.source not in self._known:
            source = Source(self.connection)
            reader = source.reader(_table(entry))
            limits = column_limits.read(source, entry.source)
            self._known[entry.source] = LegacyWriter(self.connection, reader, limits)
        return self._known[entry.source]


@dataclass(frozen=True, slots=True)
class Judged:
    """An entry with what it meant, and legacy's row under lock; None when there is none."""

    entry: Entry
    writer: LegacyWriter
    intent: Intent
    row: Row | None
    verdict: Verdict

    @property
    def table(self) -> TableMap:
        """The map of the entry's table."""
        return self.writer.table

    def plan(self) -> Plan:
        """Spell the write."""
        key = self.table.key_column.kind.revert(self.entry.key)
        return self.writer.plan(self.intent, key, exists=self.row is not None)


@dataclass(slots=True)
class Batch:
    """Carries entries within the caller's legacy transaction; `settle` comes before its commit."""

    target: Target
    writers: Writers
    policies: Policies
    verdicts: Counter[Verdict] = field(init=False, default_factory=Counter)
    _copies: dict[str, dict[Key, Row | None]] = field(init=False, default_factory=dict)
    _conflicts: list[tuple[int, dict[str, object]]] = field(init=False, default_factory=list)

    def carry(self, entries: Sequence[Entry]) -> None:
        """Write entries to legacy, in their order."""
        for run in runs(entries):
            self._carry(self._judged(run))

    def settle(self, upto: int) -> None:
        """Commit to modern the conflicts, and legacy's rows where no write has an echo in the log.

        A row with an entry behind `upto` is left alone: that one decides. Legacy's rows stay locked
        until its commit, so that they are still what is copied here.
        """
        if not self._conflicts and not self._copies:
            return
        with self.target.transaction():
            connection = self.target.connection
            for _, conflict in sorted(self._conflicts, key=itemgetter(0)):
                connection.execute(_RECORD, conflict)
            for source, images in self._copies.items():
                applied = self.target.writer(BY_SOURCE[source]).apply(images, acked=upto)
                checkpoints.record(connection, source, applied, images)

    def _carry(self, found: Sequence[Judged]) -> None:
        for judged in found:
            if judged.verdict is Verdict.CONFLICT:
                self._record(judged, str(self.policies.of(judged.table.source)))
            if not self._stands(judged):
                self._keep(judged, judged.verdict)
        self._write([judged for judged in found if self._stands(judged)])

    def _judged(self, run: Sequence[Entry]) -> Sequence[Judged]:
        """Judge entries of different rows by what legacy holds of these now.

        A new row is taken to be missing. To read it under lock would keep legacy's writers from
        adding rows behind it, and the insert itself says whether there is one.
        """
        rows = self._locked([entry for entry in run if entry.before is not None])
        return [
            self._judge(entry, rows.get(entry.source, {}).get(entry.key.encode())) for entry in run
        ]

    def _judge(self, entry: Entry, row: Row | None) -> Judged:
        writer = self.writers.of(entry)
        table = writer.table
        intent = Intent(*table.revert_change(entry.before, entry.after))
        legacy = None if row is None else legacy_values.image(table, row)
        return Judged(entry, writer, intent, row, judge(intent, legacy))

    def _locked(self, run: Sequence[Entry]) -> Mapping[str, Mapping[Key, Row]]:
        keys: dict[str, list[Key]] = {}
        for entry in run:
            keys.setdefault(entry.source, []).append(entry.key.encode())
        writers = {entry.source: self.writers.of(entry) for entry in run}
        return {source: writer.locked(keys[source]) for source, writer in writers.items()}

    def _stands(self, judged: Judged) -> bool:
        """Say whether an entry's write is carried out; where it is not, legacy's row stands."""
        if judged.verdict is Verdict.CONFLICT:
            return self.policies.of(judged.table.source) is Policy.MODERN
        return judged.verdict is Verdict.WRITE

    def _write(self, run: Iterable[Judged]) -> None:
        """Write rows; one that legacy cannot hold or refuses is kept on record, all images.

        It is written all the same: legacy's readers see what legacy can store of it.
        """
        sent: list[tuple[Judged, Plan]] = []
        statements: list[str] = []
        for judged in run:
            plan = judged.plan()
            if plan.misfits:
                names = ", ".join(misfit.column for misfit in plan.misfits)
                self._record(judged, f"not representable: {names}")
            if plan.statement is None:
                self._refuse(judged)
            else:
                sent.append((judged, plan))
                statements.append(plan.statement)
        found = answers(self.writers.connection, statements)
        for (judged, plan), answer in zip(sent, found, strict=True):
            self._account(judged, plan, answer)

    def _account(self, judged: Judged, plan: Plan, answer: Answer) -> None:
        if not answer.taken:
            self._meet(judged)
            return
        if not answer.exact and not plan.misfits:
            self._record(judged, "altered by legacy")
        self.verdicts[judged.verdict] += 1
        # The log brings this row; a copy of what it was before this write would undo the write.
        self._copies.get(judged.entry.source, {}).pop(judged.entry.key.encode(), None)

    def _meet(self, judged: Judged) -> None:
        """Judge a new row again by the row that legacy has in its place, if it is that."""
        rows = self._locked([judged.entry]) if judged.entry.before is None else {}
        row = rows.get(judged.entry.source, {}).get(judged.entry.key.encode())
        if row is None or judged.row is not None:
            self._refuse(judged)
        else:
            self._carry([self._judge(judged.entry, row)])

    def _refuse(self, judged: Judged) -> None:
        self._record(judged, "refused by legacy")
        self._keep(judged, Verdict.CONFLICT)

    def _keep(self, judged: Judged, verdict: Verdict) -> None:
        """Let the modern row become what the legacy row is."""
        self._copies.setdefault(judged.entry.source, {})[judged.entry.key.encode()] = judged.row
        self.verdicts[verdict] += 1

    def _record(self, judged: Judged, policy: str) -> None:
        row = judged.row
        legacy = None if row is None else _json(legacy_values.image(judged.table, row))
        conflict = {"seq": judged.entry.seq, "policy": policy, "legacy": legacy}
        self._conflicts.append((judged.entry.seq, conflict))


def runs(entries: Iterable[Entry]) -> Iterator[Sequence[Entry]]:
    """Cut entries, in order, where a row comes again, because it has to be read again by then.

    An entry with a text key is alone: legacy's collation may hold another spelling for the same.
    """
    run: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        is_alone = not _table(entry).key_is_number
        if run and (is_alone or (entry.source, entry.key) in run):
            yield tuple(run.values())
            run = {}
        run[entry.source, entry.key] = entry
        if is_alone:
            yield (entry,)
            run = {}
    if run:
        yield tuple(run.values())


def _table(entry: Entry) -> TableMap:
    table = BY_SOURCE.get(entry.source)
    if table is None:
        raise NotInstalled(
            f"outbox entry {entry.seq} is for {entry.source}, which has no table map: run "
            "`etl install` with the version that wrote it, and let write-back finish first"
        )
    return table


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
