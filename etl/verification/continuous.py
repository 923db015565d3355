"""`etl verify --continuous`: the table seen longest ago is next, at a bounded load."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import Self

from etl import checkpoints, mysql, postgres
from etl.mysql import Source
from etl.postgres import Target
from etl.settings import EtlSettings
from etl.stopping import Stop
from etl.tables import TableMap
from etl.verification import freshness
from etl.verification.verify import Verified
from etl.verification.verifying import Options, Pass

_BETWEEN_TABLES_SECONDS = 1.0

Report = Callable[[str, Verified], None]


@dataclass(slots=True)
class Continuous:
    """One stretch of verifying, over one set of connections; `report` gets what a table came to."""

    source: Source
    target: Target
    tables: Sequence[TableMap]
    options: Options
    report: Report
    connections: ExitStack
    progressed: bool = False

    @classmethod
    def start(
        cls,
        settings: EtlSettings,
        names: Sequence[str] | None,
        options: Options,
        *,
        report: Report,
    ) -> Self:
        """Connect to both sides; raise SettingsInvalid for a table that does not cross."""
        with ExitStack() as connections:
            modern = connections.enter_context(closing(postgres.connect(settings.modern)))
            legacy = connections.enter_context(closing(mysql.connect(settings.legacy)))
            source = Source(legacy)
            tables = source.inventory().chosen(names)
            resuming = replace(options, resume=True)
            return cls(source, Target(modern), tables, resuming, report, connections.pop_all())

    def close(self) -> None:
        """Close both connections."""
        self.connections.close()

    def run(self, stop: Stop) -> None:
        """Verify until stopped."""
        while not stop.requested():
            table = self._next()
            if table is not None:
                self._verify(table, stop)
            stop.pause(_BETWEEN_TABLES_SECONDS)

    def _next(self) -> TableMap | None:
        """Choose among the tables that are copied to their end; None while there are none."""
        with self.target.transaction():
            known = checkpoints.checkpoints(self.target.connection)
            copied = {
                table.source: table
                for table in self.tables
                if table.source in known and known[table.source].done
            }
            if not copied:
                return None
            return copied[freshness.stalest(self.target.connection, list(copied))]

    def _verify(self, table: TableMap, stop: Stop) -> None:
        total = Verified()
        for verified in Pass(self.source, self.target, table, self.options, stop).parts():
            total += verified
            self.progressed = True
        self.report(table.source, total)
