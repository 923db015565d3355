"""What can go wrong in the ETL, and what the caller does about it.

EtlError
├── TryAgain      nothing was changed        SourceUnavailable, TargetUnavailable, Blocked
├── RowRejected   set the row aside, go on   BadText, BadNumber
└── MustStop      going on would lose data   SettingsInvalid, PreflightFailed, NotInstalled,
                                             AlreadyRunning, SchemaChanged, PositionPurged,
                                             LogUnreadable, OutboxReplaced, NoRoom, WorkersDie
"""


class EtlError(Exception):
    """Root of what the ETL raises on purpose; the text is one line that ends with the way out."""


class TryAgain(EtlError):
    """Nothing was changed; the same step may be repeated after a pause."""


class SourceUnavailable(TryAgain):
    """The legacy database cannot be reached, or the connection to it was lost."""


class TargetUnavailable(TryAgain):
    """PostgreSQL cannot be reached, or the connection to it was lost."""


class Blocked(TryAgain):
    """A lock was not granted in time, or a deadlock was broken."""


class RowRejected(EtlError):
    """One row cannot be converted: names the column and the rule, never the value."""

    def __init__(self, reason: str, column: str = "") -> None:
        super().__init__(f"{column}: {reason}" if column else reason)
        self.reason = reason


class BadText(RowRejected):
    """Bytes that are not UTF-8, which PostgreSQL refuses to store."""


class BadNumber(RowRejected):
    """A number in a spelling that PostgreSQL does not read."""


class MustStop(EtlError):
    """Going on would lose or damage data: a person has to act."""


class SettingsInvalid(MustStop):
    """A setting is missing or malformed."""


class PreflightFailed(MustStop):
    """A server is not configured as the bridge needs it."""


class NotInstalled(MustStop):
    """The bridge's own tables are missing."""


class AlreadyRunning(MustStop):
    """Another worker holds the lock that makes followers and backfills exclusive."""


class SchemaChanged(MustStop):
    """A legacy table no longer looks as its map says, or its definition changed in the log."""

    def __init__(self, table: str, message: str) -> None:
        super().__init__(message)
        self.table = table


class PositionPurged(MustStop):
    """The log no longer holds the position to go on from: the tables need a new snapshot."""


class LogUnreadable(MustStop):
    """The log holds something that this reader refuses to guess at."""


class OutboxReplaced(MustStop):
    """Legacy contains modern writes that this PostgreSQL does not know of."""


class NoRoom(MustStop):
    """The local disk is full."""


class WorkersDie(MustStop):
    """The workers of a backfill cannot go on, or die one after the other."""
