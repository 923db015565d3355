"""The loop from modern to legacy: outbox entries in order, compared and set, exactly once.

The marker row is updated in the transaction of the legacy writes. It is this worker's position, it
keeps two workers apart, and in the log it tells the follower which modern writes legacy contains.
An entry that causes no legacy write has no echo in the log, so the worker itself takes the legacy
row over; otherwise the two sides would stay different.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from etl import exclusive, marks, mysql, patience, postgres
from etl.back import legacy_cache
from etl.back.compare_and_set import Verdict
from etl.back.legacy_cache import LegacyCache
from etl.back.outbox import Outbox
from etl.back.policies import Policies
from etl.back.write_back_batch import Batch, Writers
from etl.errors import Blocked, NotInstalled, OutboxReplaced
from etl.mysql import Source, text, translated
from etl.postgres import Connection, Target
from etl.row_connection import RowConnection as LegacyConnection
from etl.settings import EtlSettings
from etl.stopping import Stop

BATCH = 200
# Legacy's writers that hold rows of a batch are in the way of few of its entries.
_SHRINK = 8
# How long nothing is looked for when nothing was found, longer each time.
FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.032


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
    _writers: Writers = field(init=False)
    _last: int = field(init=False, default=-1)
    _spoke: float = field(init=False, default_factory=time.monotonic)
    size: int = field(init=False, default=BATCH)

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.modern)
        self._source = Source(self.legacy)
        self._target = Target(self.modern)
        self._writers = Writers(self.legacy)

    @classmethod
    def start(  # noqa: PLR0913 - all that a worker needs for its whole life
        cls,
        settings: EtlSettings,
        *,
        policies: Policies,
        until_empty: bool,
        stop: Stop,
        report: Report,
        cache: LegacyCache | None = None,
        former: exclusive.Former | None = None,
    ) -> "WriteBack":
        """Connect to both sides and take the lock that keeps a second worker away."""
        with ExitStack() as opened:
            modern = opened.enter_context(closing(postgres.connect(settings.modern)))
            exclusive.claim(modern, stop, direction=exclusive.Direction.BACK, former=former)
            worker = cls(
                mysql.connect_to_write(settings.legacy),
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
        pause = FIRST_PAUSE
        while not stop.requested():
            carried = self.step()
            if carried is not None:
                self.progressed = True
                self.report(carried)
                pause = FIRST_PAUSE
            elif end is not None and self._last >= end:
                return
            else:
                self.cache.settle()
                self._keep_alive()
                stop.pause(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _keep_alive(self) -> None:
        """Let legacy, which soon gives up who is not heard of, hear of an idle worker."""
        if time.monotonic() - self._spoke > patience.ALIVE_SECONDS:
            self._source.acked()
            self._spoke = time.monotonic()

    def step(self) -> Carried | None:
        """Carry the next entries over in one legacy transaction; None when none is waiting.

        Where legacy's writers hold the rows, fewer entries are tried, down to one: then it raises
        Blocked.
        """
        safe = self.outbox.horizon()
        while safe > self._last:
            try:
                carried = self._carry_upto(safe)
            except Blocked:
                if self.size == 1:
                    raise
                self.size = max(self.size // _SHRINK, 1)
            else:
                self.size = min(self.size * 2, BATCH)
                return carried
        return None

    def _carry_upto(self, safe: int) -> Carried | None:
        self._spoke = time.monotonic()
        with translated():
            self.legacy.begin()
        try:
            return self._carry(safe)
        finally:
            with translated():
                self.legacy.rollback()

    def _carry(self, safe: int) -> Carried | None:
        last = self._locked_mark()
        entries = self.outbox.entries(after=last, upto=safe, limit=self.size)
        if not entries:
            self._last = safe
            return None
        batch = Batch(self._target, self._writers, self.policies)
        batch.carry(entries)
        batch.settle(upto=entries[-1].seq)
        self._source.fetch(marks.ACKNOWLEDGE, entries[-1].seq)
        with translated():
            self.legacy.commit()
        self._last = entries[-1].seq
        self.cache.forget(entry.key for entry in entries if entry.source == legacy_cache.TABLE)
        return _summary(self._last, batch.verdicts)

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


def _summary(upto: int, verdicts: Mapping[Verdict, int]) -> Carried:
    return Carried(
        upto=upto,
        written=verdicts[Verdict.WRITE],
        same=verdicts[Verdict.SAME],
        conflicts=verdicts[Verdict.CONFLICT],
    )
