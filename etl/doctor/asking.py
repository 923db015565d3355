"""The edge to the server's own tables: each question is declared once, and asked.

A right that is missing, or a table that this flavour does not have, is a finding and no error.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from etl.doctor import grants, release, schema, variables
from etl.doctor.facts import Answer, Column, Facts, by_table
from etl.doctor.findings import Finding, Severity
from etl.errors import EtlError, LogUnreadable, PreflightFailed
from etl.mysql import Source, quoted
from etl.tables import ALL

READ_ONLY = "SET SESSION TRANSACTION READ ONLY"
_OF_THE_DATABASE = ["character_set_database", "collation_database"]
_OLD_TEMPORALS = "SET SESSION show_old_temporals = ON"
_COLUMNS = """
    SELECT c.table_name, c.column_name, c.column_type, c.column_key, c.collation_name
    FROM information_schema.columns AS c
    JOIN information_schema.tables AS t
      ON t.table_schema = c.table_schema AND t.table_name = c.table_name
    WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'
    ORDER BY c.table_name, c.ordinal_position
"""

_SIZES = """
    SELECT table_name, table_rows FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_rows IS NOT NULL
"""

Read = Callable[[Source, Facts], Answer]
Decide = Callable[[Answer, Facts], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Question:
    """What to read and the pure decision about it; `unless` says when it need not be asked."""

    name: str
    decide: Decide
    read: Read = lambda _source, _facts: ()
    unless: Callable[[Facts], bool] = lambda _: False


def _rows_of(statement: str) -> Read:
    return lambda source, _: _text(source, statement)


def _definitions(source: Source, facts: Facts) -> Answer:
    """Read how mapped tables are made: information_schema hides foreign keys from SELECT alone."""
    there = [table.source for table in ALL if table.source in facts.tables]
    return [_text(source, f"SHOW CREATE TABLE {quoted(name)}")[0][:2] for name in there]


QUESTIONS: tuple[Question, ...] = (
    Question("server settings", variables.decide),
    Question("log filter", variables.decide_log_filter, _rows_of("SHOW MASTER STATUS")),
    Question("rights", grants.decide, _rows_of("SHOW GRANTS")),
    Question("release", release.decide),
    Question("tables", schema.decide_tables, _rows_of(schema.TABLES)),
    Question("character sets", schema.decide_character_sets, _rows_of(schema.CHARACTER_SETS)),
    Question("cascades", schema.decide_cascades, _definitions),
    Question(
        "temporal formats, as they are marked",
        schema.decide_old_formats,
        unless=lambda facts: not schema.shows_old_formats(facts),
    ),
    Question(
        "temporal formats, as InnoDB keeps them",
        schema.decide_old_formats,
        _rows_of(schema.OLD_FORMATS),
        unless=schema.shows_old_formats,
    ),
)


def read_facts(source: Source) -> Facts:
    """Read what every check needs; the session writes nothing from here on."""
    source.fetch(READ_ONLY)
    found = _pairs(source, "SHOW GLOBAL VARIABLES")
    # The global ones are the server's: these two are of the database that is selected.
    found |= _pairs(source, "SHOW VARIABLES WHERE variable_name IN %s", _OF_THE_DATABASE)
    # Of the server's state only this, which everybody may see: whether it is a replica at work.
    found |= _pairs(source, "SHOW GLOBAL STATUS LIKE 'Slave_running'")
    if "show_old_temporals" in found:
        source.fetch(_OLD_TEMPORALS)
    ((database,),) = _text(source, "SELECT DATABASE()")
    columns = [Column.read(*row) for row in _text(source, _COLUMNS)]
    return Facts(database, found, by_table(columns))


def read_sizes(source: Source) -> dict[str, int]:
    """Estimate the rows of every table, from the server's statistics."""
    return {table: int(rows) for table, rows in _pairs(source, _SIZES).items()}


def questions(facts: Facts) -> Iterator[Question]:
    """Give the questions that this server is asked."""
    return (question for question in QUESTIONS if not question.unless(facts))


def ask(source: Source, facts: Facts) -> Iterator[Finding]:
    """Ask the server every question and give what was found."""
    for question in questions(facts):
        try:
            answer = question.read(source, facts)
        except (PreflightFailed, LogUnreadable) as error:
            yield _unseen(question, error)
        else:
            yield from question.decide(answer, facts)


def _unseen(question: Question, error: EtlError) -> Finding:
    return Finding(
        "rights",
        Severity.WARNING,
        question.name,
        f"cannot be seen: {reason(error)}",
        rule="this check says nothing",
        way_out="run the doctor once as a user with PROCESS and REPLICATION CLIENT",
    )


def reason(error: EtlError) -> str:
    """Give what the server said, without the advice of commands that need more than this one."""
    arguments = error.__cause__.args if error.__cause__ else ()
    return str(arguments[-1]) if arguments else str(error)


def _pairs(source: Source, statement: str, *parameters: object) -> dict[str, str]:
    return {row[0]: row[1] for row in _text(source, statement, *parameters)}


def _text(source: Source, statement: str, *parameters: object) -> list[tuple[str, ...]]:
    rows = source.fetch(statement, *parameters)
    return [tuple((value or b"").decode("utf-8", "replace") for value in row) for row in rows]
