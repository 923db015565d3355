"""What refers to rows that are not there, or that are spelled otherwise; legacy never minded.

What refers to what is taken from the release's foreign keys. Course keys never were any, and the
history of enrolments outlives what it tells of: these two are said here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from etl.doctor import problems, release
from etl.doctor.facts import Column, Facts
from etl.doctor.passes import Sighting
from etl.mysql import Source, quoted
from etl.rows import Key, Row
from etl.tables import TableMap

COURSES = "course_overviews_courseoverview"
_COURSE_KEYS = frozenset({"course_id", "course_key"})
_HISTORIES: Mapping[tuple[str, str], str] = {
    ("student_historicalcourseenrollment", "id"): "student_courseenrollment",
    ("student_historicalcourseenrollment", "user_id"): "auth_user",
}
_MISSING, _SPELLED = b"1", b"2"


@dataclass(frozen=True, slots=True)
class Relation:
    """A column of a table and what it refers to; `problem` is what it means if that is missing."""

    table: TableMap
    column: str
    parent: str
    parent_column: str
    problem: str = problems.ORPHAN


def relations(table: TableMap) -> Iterator[Relation]:
    """Give what the columns of a table refer to, in the release or by their meaning."""
    for column in table.source_columns:
        place = (table.source, column)
        if place in release.references():
            yield Relation(table, column, *release.references()[place])
        elif place in _HISTORIES:
            yield Relation(table, column, _HISTORIES[place], "id", problems.NO_LONGER)
        elif column in _COURSE_KEYS:
            yield Relation(table, column, COURSES, "id", problems.NO_COURSE)


@dataclass(slots=True)
class RelationPass:
    """Looks up what a column refers to, a range of rows at a time, by the parent's own key.

    `parent` is the column that is referred to, as it is now: texts are compared by its collation.
    """

    source: Source
    relation: Relation
    parent: Column
    resumable: bool = True

    @property
    def table(self) -> str:
        """The table that refers."""
        return self.relation.table.source

    @property
    def name(self) -> str:
        """What is looked for, and where."""
        return f"{self.table}.{self.relation.column} in {self.relation.parent}"

    def read(self, after: Key | None, size: int) -> Sequence[Row]:
        """Read keys, each with 0 all is well, 1 nothing there, 2 there but spelled otherwise."""
        where, parameters = ("", ()) if after is None else (" WHERE {key} > %s", (_text(after),))
        statement = _RANGE.replace("{where}", where).format(
            table=quoted(self.table),
            key=quoted(self.relation.table.key),
            reference=self._reference(),
            parent=quoted(self.relation.parent),
            parent_column=quoted(self.relation.parent_column),
            size=size,
        )
        return self.source.fetch(statement, *parameters)

    def key(self, row: Row) -> Key:
        """Give the key of a row."""
        return row[0] or b""

    def examine(self, rows: Sequence[Row]) -> Iterator[Sighting]:
        """Say which rows refer to nothing, or to something that is spelled otherwise."""
        names = {_MISSING: self.relation.problem, _SPELLED: problems.OTHER_SPELLING}
        for row in rows:
            if row[1] in names:
                yield Sighting(self.relation.column, names[row[1]], self.key(row))

    def conclude(self) -> Iterable[Sighting]:
        """Say nothing more: all was said row by row."""
        return ()

    def _reference(self) -> str:
        """Spell the reference so that the parent's index serves; the empty text refers to none.

        Where tables differ in their collation, the server refuses to compare them unasked.
        """
        column, collation = quoted(self.relation.column), self.parent.collation
        if not collation:
            return column
        return f"NULLIF(CONVERT({column} USING {collation.split('_')[0]}) COLLATE {collation}, '')"


# The range is bounded before it is joined: the server looks up as many parents as it has rows.
_RANGE = """
    SELECT c.k, CASE WHEN c.v IS NULL THEN 0 WHEN p.{parent_column} IS NULL THEN 1
        WHEN BINARY p.{parent_column} <> BINARY c.v THEN 2 ELSE 0 END
    FROM (SELECT {key} AS k, {reference} AS v FROM {table}{where}
          ORDER BY {key} LIMIT {size:d}) AS c
    LEFT JOIN {parent} AS p ON p.{parent_column} = c.v
    ORDER BY c.k
"""


def _text(key: Key) -> str:
    """Spell a key for the server, which makes a number of it where the column holds numbers."""
    return key.decode("utf-8", "surrogateescape")


def passes(source: Source, facts: Facts, table: TableMap) -> Iterator[RelationPass]:
    """Give a pass for each reference of a table to one that is there."""
    for relation in relations(table):
        parent = facts.tables.get(relation.parent, {}).get(relation.parent_column)
        if parent is not None:
            yield RelationPass(source, relation, parent)
