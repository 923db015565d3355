"""`etl verify --continuous`: the table seen longest ago is next, at a bounded load.

It runs beside the follower and write-back for months: a row counts as different only once both
have passed it, and a table that cannot be compared now keeps none of the others waiting.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Self

from etl import catalogue, checkpoints, exclusive, inventory, mysql, postgres, preflight, settling
from etl.errors import PreflightFailed, SchemaChanged
from etl.exclusive import Direction, Former
from etl.mysql import Source
from etl.postgres import Target
from etl.settings import EtlSettings
from etl.stopping import Stop
from etl.tables import TableMap
from etl.verification import freshness
from etl.verification.verify import Verified
from etl.verification.verifying import Options, Pass

_BETWEEN_TABLES_SECONDS = 1.0
# A table that could not be compared is looked at again after so long.
_AGAIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Reports:
    """Who is told: `verified` what a table came to, `line` everything else."""

    verified: Callable[[str, Verified], None]
    line: Callable[[str], None]


@dataclass(slots=True)
class Continuous:
    """One stretch of verifying, over one set of connections; no `names` are all tables."""

    source: Source
    target: Target
    names: Sequence[str] | None
    options: Options
    reports: Reports
    connections: ExitStack
    progressed: bool = False
    _not_before: dict[str, float] = field(default_factory=dict)

    @classmethod
    def start(
        cls,
        settings: EtlSettings,
        names: Sequence[str] | None,
        options: Options,
        *,
        stop: Stop,
        reports: Reports,
        former: Former | None = None,
    ) -> Self:
        """Connect to both sides and take the lock; raise SettingsInvalid for an unknown table."""
        with ExitStack() as connections:
            modern = connections.enter_context(closing(postgres.connect(settings.modern)))
            exclusive.claim(modern, stop, direction=Direction.VERIFYING, former=former)
            legacy = connections.enter_context(closing(mysql.connect(settings.legacy)))
            source = Source(legacy)
            source.inventory().chosen(names)
            # Of a table that is written all the time, no two totals are of one moment.
            steady = replace(options, resume=True, totals=options.quick)
            return cls(source, Target(modern), names, steady, reports, connections.pop_all())

    def close(self) -> None:
        """Close both connections, which also gives the lock back."""
        self.connections.close()

    def run(self, stop: Stop) -> None:
        """Verify until stopped."""
        while not stop.requested():
            name = self._next()
            if name is not None:
                self._verify(name, stop)
            stop.pause(_BETWEEN_TABLES_SECONDS)

    def _next(self) -> str | None:
        """Choose among the tables that are copied and followed; None while there are none."""
        now = time.monotonic()
        with self.target.transaction():
            known = checkpoints.checkpoints(self.target.connection)
            open_ = [
                name
                for name, one in sorted(known.items())
                if one.done and one.state == checkpoints.OK and self._is_wanted(name, now)
            ]
            return freshness.stalest(self.target.connection, open_) if open_ else None

    def _is_wanted(self, name: str, now: float) -> bool:
        chosen = self.names is None or name in self.names
        return chosen and now >= self._not_before.get(name, now)

    def _verify(self, name: str, stop: Stop) -> None:
        try:
            table = self._as_it_is_now(name)
        except (SchemaChanged, PreflightFailed) as error:
            self.reports.line(f"{name} is not verified: {error}")
            self._not_before[name] = time.monotonic() + _AGAIN_SECONDS
            return
        settle = partial(
            settling.settle_for_certain,
            self.source,
            self.target.connection,
            stop,
            report=self.reports.line,
        )
        total = Verified()
        for verified in Pass(self.source, self.target, table, self.options, stop, settle).parts():
            total += verified
            self.progressed = True
        if not stop.requested():
            self.reports.verified(name, total)

    def _as_it_is_now(self, name: str) -> TableMap:
        """Give the map of a table, which may have changed since the last pass over it.

        Raises SchemaChanged where the two sides do not have the columns to be compared.
        """
        found = self.source.columns(name)
        table = inventory.take({name: found}).maps.get(name)
        if table is None:
            raise SchemaChanged(name, "legacy has no such table that crosses: see `etl tables`")
        catalogue.require(table, found)
        preflight.require_mirrors(self.target.connection, [table])
        return table
