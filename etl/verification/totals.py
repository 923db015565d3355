"""Totals that people know a platform by, counted on both sides by SQL that digests no row.

A total is declared by legacy's names; the table map says what they are called in modern, so it
works for mapped tables as for mirrors. Groups are told apart byte by byte, as PostgreSQL does: by
MySQL first by checksums, which it does far faster, and by the bytes themselves where that differs.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from psycopg import sql

from etl.mysql import Source, quoted
from etl.postgres import Connection, translated
from etl.rows import key_text
from etl.tables import TableMap

Group = tuple[str | None, ...]
"""The values of the columns by which rows are grouped; None is NULL."""
Figures = Mapping[str, str]
"""What was counted in a group: its rows, those of which a column is true, sums of columns."""


@dataclass(frozen=True, slots=True)
class Total:
    """Rows of a legacy table per group of `by`, how many of them are `true`, and some `sums`."""

    name: str
    source: str
    by: tuple[str, ...] = ()
    true: str = ""
    sums: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns it reads."""
        return tuple(name for name in (*self.by, self.true, *self.sums) if name)


@dataclass(frozen=True, slots=True)
class Unequal:
    """A group whose figures differ, and what they are on each side."""

    total: str
    group: Group
    legacy: str
    modern: str

    def __str__(self) -> str:
        names = ["NULL" if name is None else name for name in self.group]
        of = f" of {' / '.join(names)}" if names else ""
        return f"{self.total}{of}: {self.legacy} in legacy, {self.modern} in modern"


TOTALS = (
    Total("users", "auth_user", true="is_active"),
    Total("enrolments", "student_courseenrollment", ("course_id", "mode"), "is_active"),
    Total("roles", "student_courseaccessrole", ("course_id", "role")),
    Total("certificates", "certificates_generatedcertificate", ("course_id", "status")),
    Total("grades", "courseware_studentmodule", ("course_id",), sums=("grade", "max_grade")),
)

# Beyond this no grade is one, and the two databases round to other digits.
_LEGACY_SUM = "SUM(CAST(IF(ABS({0}) < 1e9, {0}, NULL) AS DECIMAL(30,6)))"
_MODERN_SUM = sql.SQL("sum((CASE WHEN abs({0}) < 1e9 THEN {0} END)::numeric(30,6))")


def of(table: TableMap) -> Iterator[Total]:
    """Give the totals that a table has all columns for."""
    held = set(table.source_columns)
    return (one for one in TOTALS if one.source == table.source and held.issuperset(one.columns))


def compare(total: Total, table: TableMap, source: Source, modern: Connection) -> list[Unequal]:
    """Count on both sides at the same time, and give the groups that differ, in order."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        counting = beside.submit(_modern, total, table, modern)
        one, other = _legacy(total, source, _BY_CHECKSUM), counting.result()
    if one != other and total.by:
        one = _legacy(total, source, _BY_BYTES)
    return [
        Unequal(total.name, group, _spelled(one.get(group)), _spelled(other.get(group)))
        for group in sorted(one.keys() | other.keys(), key=_order)
        if one.get(group) != other.get(group)
    ]


def _order(group: Group) -> list[tuple[bool, str]]:
    return [(name is not None, name or "") for name in group]


@dataclass(frozen=True, slots=True)
class _Grouping:
    """How MySQL tells groups of a column apart, and what it calls one."""

    key: str
    name: str


# Of the same checksum are the same bytes; if not, the groups are others than PostgreSQL's.
_BY_CHECKSUM = _Grouping("CRC32({0})", "MIN({0})")
_BY_BYTES = _Grouping("CAST({0} AS BINARY)", "CAST({0} AS BINARY)")


def _legacy(total: Total, source: Source, grouping: _Grouping) -> Mapping[Group, Figures]:
    names = [grouping.name.format(quoted(name)) for name in total.by]
    figures = ["COUNT(*)"]
    if total.true:
        figures.append(f"COALESCE(SUM({quoted(total.true)} <> 0), 0)")
    figures += [_LEGACY_SUM.format(quoted(name)) for name in total.sums]
    words = ["SELECT", ", ".join(names + figures), "FROM", quoted(total.source)]
    if names:
        keys = [grouping.key.format(quoted(name)) for name in total.by]
        words += ["GROUP BY", ", ".join(keys)]
    rows = source.fetch(" ".join(words))
    return _by_group(
        total, [[None if value is None else key_text(value) for value in row] for row in rows]
    )


def _modern(total: Total, table: TableMap, modern: Connection) -> Mapping[Group, Figures]:
    named = {column.source: sql.Identifier(column.target) for column in table.columns}
    groups = [named[name] for name in total.by]
    figures: list[sql.Composable] = [sql.SQL("count(*)")]
    if total.true:
        figures.append(sql.SQL("count(nullif({}::int, 0))").format(named[total.true]))
    figures += [_MODERN_SUM.format(named[name]) for name in total.sums]
    query = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join([*groups, *figures]), sql.Identifier(*table.relation)
    )
    if groups:
        query += sql.SQL(" GROUP BY {}").format(sql.SQL(", ").join(groups))
    with translated():
        rows = modern.execute(query).fetchall()
    return _by_group(
        total, [[None if value is None else str(value) for value in row] for row in rows]
    )


def _by_group(total: Total, rows: Sequence[Sequence[str | None]]) -> Mapping[Group, Figures]:
    names = ["rows", *([total.true] if total.true else []), *total.sums]
    size = len(total.by)
    return {
        tuple(row[:size]): {
            name: value or "" for name, value in zip(names, row[size:], strict=True)
        }
        for row in rows
    }


def _spelled(figures: Figures | None) -> str:
    if figures is None:
        return "0 rows"
    return ", ".join(f"{value or 'no'} {name}" for name, value in figures.items())
