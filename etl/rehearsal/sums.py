"""What a person would count on both sides, by plain SQL and not by the ETL's own reader."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from psycopg import sql

from etl.inventory import Inventory
from etl.mysql import Source, quoted, text
from etl.postgres import Connection
from etl.tables import TableMap

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Question:
    """Rows of a legacy table by the values of one of its columns."""

    words: str
    table: str
    by: str


QUESTIONS = (
    Question("people by country", "auth_userprofile", "country"),
    Question("courses by organization", "course_overviews_courseoverview", "org"),
    Question("enrolments by mode", "student_courseenrollment", "mode"),
    Question("course roles", "student_courseaccessrole", "role"),
    Question("learner states by kind of block", "courseware_studentmodule", "module_type"),
    Question("certificates by status", "certificates_generatedcertificate", "status"),
)


@dataclass(frozen=True, slots=True)
class Sum:
    """The answer of both sides; rows that are set aside are left out of legacy's."""

    words: str
    legacy: Counts
    modern: Counts

    @property
    def is_equal(self) -> bool:
        """Whether both sides give the same counts for the same values."""
        return self.legacy == self.modern


def ask(question: Question, source: Source, modern: Connection, inventory: Inventory) -> Sum:
    """Ask both sides."""
    table = inventory.maps[question.table]
    rows = modern.execute(
        "SELECT key FROM bridge.set_aside WHERE source = %s", (question.table,)
    ).fetchall()
    return Sum(
        question.words,
        _legacy(source, table, question.by, [str(key) for (key,) in rows]),
        _modern(modern, table, question.by),
    )


def _legacy(source: Source, table: TableMap, column: str, aside: Collection[str]) -> Counts:
    # As bytes: legacy's collation would count `Honor` and `honor` together.
    value = f"CAST({quoted(column)} AS BINARY)"
    statement = (
        f"SELECT {value}, COUNT(*) FROM {quoted(table.source)}"  # noqa: S608 - names of our own
        f" WHERE {quoted(table.key)} NOT IN %s GROUP BY {value}"
    )
    # An empty list is no SQL; no key is empty.
    rows = source.fetch(statement, list(aside) or [""])
    return {"NULL" if key is None else key.decode(): int(text(count)) for key, count in rows}


def _modern(connection: Connection, table: TableMap, column: str) -> Counts:
    target = next(one.target for one in table.columns if one.source == column)
    statement = sql.SQL("SELECT {column}::text, count(*) FROM {table} GROUP BY 1").format(
        column=sql.Identifier(target), table=sql.Identifier(*table.relation)
    )
    rows = connection.execute(statement).fetchall()
    return {"NULL" if key is None else str(key): int(str(count)) for key, count in rows}
