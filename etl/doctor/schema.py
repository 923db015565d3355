"""How the tables are made: what keeps the bridge from copying or following them; pure."""

import re
from collections.abc import Iterator

from etl.doctor.facts import Answer, Facts
from etl.doctor.findings import Finding, Severity, about
from etl.tables import BY_SOURCE

CHECK = "tables"
_COMMENT_SINCE = (10, 5, 1)
_FOREIGN_KEY = re.compile(r"CONSTRAINT `([^`]+)` FOREIGN KEY")
_CASCADE = re.compile(r"ON (?:DELETE|UPDATE) (?:CASCADE|SET)")
_TEMPORAL = ("datetime", "timestamp", "time")

TABLES = """
    SELECT table_name, engine, table_collation FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY table_name
"""
CHARACTER_SETS = """
    SELECT table_name, column_name, character_set_name FROM information_schema.columns
    WHERE table_schema = DATABASE() AND character_set_name IS NOT NULL
      AND character_set_name NOT IN ('utf8', 'utf8mb3', 'utf8mb4', 'ascii')
    ORDER BY table_name, column_name
"""
# InnoDB keeps the old formats as integers (main type 6), the new ones as bytes; needs PROCESS.
OLD_FORMATS = """
    SELECT SUBSTRING_INDEX(t.name, '/', -1), c.name
    FROM information_schema.innodb_sys_columns AS c
    JOIN information_schema.innodb_sys_tables AS t ON t.table_id = c.table_id
    WHERE SUBSTRING_INDEX(t.name, '/', 1) = DATABASE() AND c.mtype = 6
"""


def decide_tables(answer: Answer, facts: Facts) -> Iterator[Finding]:
    """Judge engines, collations and primary keys; a row is name, engine, collation."""
    yield Finding(CHECK, Severity.OK, "all", f"{len(answer)} tables looked at", count=len(answer))
    yield from about(
        CHECK,
        (name for name, engine, _ in answer if engine.lower() != "innodb"),
        Severity.WARNING,
        found="table that is not InnoDB",
        rule="a reader sees halves of a transaction, and a rollback does not undo writes there",
        way_out="ALTER TABLE … ENGINE = InnoDB",
    )
    yield from about(
        CHECK,
        (name for name, _, collation in answer if not _is_usual(collation)),
        Severity.WARNING,
        found="table with a collation that is not utf8_general_ci",
        rule="text is read as UTF-8; what counts as equal there differs from the recorded release",
        way_out="look at its unique columns",
    )
    yield from _without_key(facts)


def decide_character_sets(answer: Answer, _: Facts) -> Iterator[Finding]:
    """Judge columns of another character set; a row is table, column, character set."""
    yield from about(
        CHECK,
        (f"{table}.{column}" for table, column, _ in answer),
        Severity.WARNING,
        found="text column that is not Unicode",
        rule="the server converts what is selected, the bridge what is logged: UTF-8 either way",
        way_out="compare a few texts with accents in legacy's pages before and after",
    )


def decide_cascades(answer: Answer, _: Facts) -> Iterator[Finding]:
    """Judge foreign keys of mapped tables; a row is a table and its definition."""
    yield from about(
        CHECK,
        (f"{table}.{name}" for table, definition in answer for name in cascades(definition)),
        Severity.BLOCKER,
        found="foreign key with a cascade",
        rule="`etl install` refuses: what a cascade changes never shows in the log",
        way_out="make it ON DELETE RESTRICT ON UPDATE RESTRICT",
    )


def cascades(definition: str) -> list[str]:
    """Name the foreign keys in a table's definition that change rows by themselves."""
    return [
        found[1]
        for line in definition.splitlines()
        if (found := _FOREIGN_KEY.search(line)) and _CASCADE.search(line)
    ]


def decide_old_formats(answer: Answer, facts: Facts) -> Iterator[Finding]:
    """Judge temporal columns in the format of before 5.6.4, marked or of InnoDB's main type 6."""
    integers = {f"{table}.{column}" for table, column in answer}
    old = {
        name
        for column in facts.columns
        if (name := f"{column.table}.{column.name}")
        and (column.old_format or (name in integers and column.data_type in _TEMPORAL))
    }
    yield from about(
        CHECK,
        old,
        Severity.NOTE,
        found="temporal column in the format of before 5.6.4",
        rule="snapshot and log are read as with the newer format",
    )
    if not old:
        yield Finding(CHECK, Severity.OK, "temporal formats", "none from before 5.6.4")


def shows_old_formats(facts: Facts) -> bool:
    """Say whether this server marks old temporal formats in a column's type.

    MariaDB does from 10.5 on, MySQL 5.6.24 to 5.7 where the session sets show_old_temporals.
    """
    if facts.is_mariadb:
        return facts.version >= _COMMENT_SINCE
    return "show_old_temporals" in facts.variables


def _is_usual(collation: str) -> bool:
    return collation in {"utf8_general_ci", "utf8mb3_general_ci", "utf8mb4_general_ci"}


def _without_key(facts: Facts) -> Iterator[Finding]:
    without = {
        table
        for table, columns in facts.tables.items()
        if not any(column.is_key for column in columns.values())
    }
    yield from about(
        CHECK,
        without & BY_SOURCE.keys(),
        Severity.BLOCKER,
        found="mapped table without a primary key",
        rule="rows cannot be told apart, so they cannot be copied in ranges or followed",
        way_out="ALTER TABLE … ADD PRIMARY KEY",
    )
    yield from about(
        CHECK,
        without - BY_SOURCE.keys(),
        Severity.NOTE,
        found="table without a primary key",
        rule="the bridge does not copy it",
        way_out="give it a key before it is mapped",
    )
