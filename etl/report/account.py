"""What became of legacy's rows, as one value: read from both databases, nothing is changed."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from psycopg.rows import class_row

from etl import status
from etl.back import conflicts
from etl.back.conflicts import Count
from etl.mysql import Source
from etl.postgres import Connection, translated
from etl.status import Status


@dataclass(frozen=True, slots=True)
class Aside:
    """How many rows of a table are set aside for one reason, the key of one, since when."""

    source: str
    reason: str
    count: int
    sample_key: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """The state of the bridge with its rows set aside by reason and conflicts by policy."""

    made_at: datetime
    status: Status
    set_aside: tuple[Aside, ...]
    conflicts: tuple[Count, ...]

    @property
    def copied(self) -> int:
        """Rows that snapshots copied."""
        return sum(table.copied for table in self.status.tables)

    @property
    def changed(self) -> int:
        """Values that a rule changed."""
        return sum(entry.count for entry in self.status.quality)

    @property
    def aside(self) -> int:
        """Rows set aside."""
        return total(self.set_aside)

    @property
    def line(self) -> str:
        """All of it in one sentence."""
        return (
            f"{self.copied:,} rows of {len(self.status.tables)} tables copied, "
            f"{self.aside:,} set aside, {self.changed:,} values changed by rule, "
            f"{total(self.conflicts):,} conflicts, {self.status.outbox:,} modern writes waiting"
        )


def read(source: Source, connection: Connection) -> Account:
    """Read the account; raise NotInstalled where there is no bridge."""
    current = status.status(source, connection)
    with translated(), connection.cursor(row_factory=class_row(Aside)) as cursor:
        aside = tuple(cursor.execute(_SET_ASIDE))
    return Account(datetime.now(UTC), current, aside, tuple(conflicts.counts(connection)))


def total(counts: Iterable[Aside | Count]) -> int:
    """Add up."""
    return sum(entry.count for entry in counts)


def as_json(account: Account) -> dict[str, object]:
    """Give the account as JSON has it: moments as text."""
    return {
        "made_at": account.made_at.isoformat(),
        **status.as_json(account.status),
        "set_aside": [
            asdict(entry) | {"since": entry.since.isoformat()} for entry in account.set_aside
        ],
        "conflicts": [asdict(entry) for entry in account.conflicts],
    }


_SET_ASIDE = """
    SELECT source, reason, count(*) AS count, min(key) AS sample_key, min(at) AS since
    FROM bridge.set_aside GROUP BY source, reason ORDER BY count(*) DESC, source, reason
"""
