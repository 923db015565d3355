"""What can go wrong with the sandbox database. Each message is one line and ends with the way out.

SandboxError
├── AddressError           the URL cannot be understood
├── UnreachableError       no server answers there
├── RefusedError           the server does not let this user do it
├── NotASandboxError       the database holds tables that the sandbox did not make
├── NotLoadedError         the legacy tables are not there yet
├── UnknownTableError      the legacy schema has no such table
├── PlanError              rows were asked for that cannot exist
├── AlreadyGeneratedError  the database holds generated rows already
└── RowsLostError          the server kept fewer rows than it was sent
"""

from collections.abc import Iterable

__all__ = [
    "AddressError",
    "AlreadyGeneratedError",
    "NotASandboxError",
    "NotLoadedError",
    "PlanError",
    "RefusedError",
    "RowsLostError",
    "SandboxError",
    "UnknownTableError",
    "UnreachableError",
]


class SandboxError(Exception):
    """Something the caller can put right; the message says how."""


class AddressError(SandboxError):
    """The URL is not of the form ``mysql://user:password@host:port/database``."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"the database URL {problem}; write it as mysql://user:password@host:port/database"
        )


class UnreachableError(SandboxError):
    """No MySQL server answers at the address."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(
            f"no database server answers at {place} ({reason}); "
            "start one with `python -m deploy.stack up`, or correct LEGACY_DATABASE_URL"
        )


class RefusedError(SandboxError):
    """The server answered, and said no: wrong password, or a right that is missing."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(
            f"the server at {place} refused: {reason}; "
            "correct user and password in the URL, or grant the user all rights on the database"
        )


class NotASandboxError(SandboxError):
    """The database holds tables and not the sandbox's mark, so it may be somebody's data."""

    def __init__(self, database: str) -> None:
        super().__init__(
            f"the database {database!r} has tables that the sandbox did not make, and loading "
            "would empty them; name another database in the URL, or drop this one yourself"
        )


class NotLoadedError(SandboxError):
    """The database has not been loaded yet, or only half."""

    def __init__(self, database: str) -> None:
        super().__init__(
            f"the database {database!r} does not hold the legacy tables; "
            "load it first with `python -m tests.legacy_lms.database load`"
        )


class UnknownTableError(SandboxError):
    """Tables were named that are not among the 292 of the legacy schema."""

    def __init__(self, tables: Iterable[str]) -> None:
        super().__init__(
            f"no such legacy table: {', '.join(sorted(tables))}; "
            "the names are in tests/legacy_lms/fixtures/schema/columns.tsv"
        )


class PlanError(SandboxError):
    """The numbers of rows asked for contradict each other."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"the plan {problem}; correct --users, --courses, --enrollments or --studentmodules"
        )


class AlreadyGeneratedError(SandboxError):
    """Generated rows are there already, and more would collide with them."""

    def __init__(self, database: str) -> None:
        super().__init__(
            f"the database {database!r} holds generated rows already; go back to the recorded ones "
            "with `python -m tests.legacy_lms.database load --anew`, then generate again"
        )


class RowsLostError(SandboxError):
    """The server did not keep every row of a chunk: others with the same keys were there."""

    def __init__(self, table: str, sent: int, kept: int) -> None:
        super().__init__(
            f"the server kept {kept} of {sent} rows sent to {table}: others have their keys; "
            "go back to the recorded rows with `python -m tests.legacy_lms.database load --anew`"
        )
