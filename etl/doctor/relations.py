"""What refers to rows that are not there, or that are spelled otherwise; legacy never minded.

References to users are foreign keys of the release; those to courses never were.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from etl.doctor import problems
from etl.doctor.passes import Sighting
from etl.mysql import Source, quoted
from etl.rows import Key, Row
from etl.tables import TableMap

_MISSING, _SPELLED = b"1", b"2"
COURSES = "course_overviews_courseoverview"


@dataclass(frozen=True, slots=True)
class Relation:
    """A column of a table with numbers for keys, and the table whose `id` the column holds."""

    table: str
    column: str
    parent: str
    problem: str = problems.ORPHAN

    @property
    def is_text(self) -> bool:
        """Whether the reference is a course key, of which legacy keeps an empty one for none."""
        return self.parent == COURSES


RELATIONS: tuple[Relation, ...] = (
    Relation("auth_user_groups", "user_id", "auth_user"),
    Relation("auth_user_groups", "group_id", "auth_group"),
    Relation("auth_userprofile", "user_id", "auth_user"),
    Relation("student_languageproficiency", "user_profile_id", "auth_userprofile"),
    Relation("user_api_userpreference", "user_id", "auth_user"),
    Relation("user_api_userorgtag", "user_id", "auth_user"),
    Relation("student_userstanding", "user_id", "auth_user"),
    Relation("student_userstanding", "changed_by_id", "auth_user"),
    Relation("student_courseaccessrole", "user_id", "auth_user"),
    Relation("student_courseaccessrole", "course_id", COURSES, problems.NO_COURSE),
    Relation("django_comment_client_role", "course_id", COURSES, problems.NO_COURSE),
    Relation("django_comment_client_role_users", "role_id", "django_comment_client_role"),
    Relation("django_comment_client_role_users", "user_id", "auth_user"),
    Relation("course_modes_coursemode", "course_id", COURSES, problems.NO_COURSE),
    Relation("student_courseenrollment", "user_id", "auth_user"),
    Relation("student_courseenrollment", "course_id", COURSES, problems.NO_COURSE),
    Relation("student_courseenrollmentattribute", "enrollment_id", "student_courseenrollment"),
    Relation(
        "student_historicalcourseenrollment",
        "id",
        "student_courseenrollment",
        problems.NO_LONGER,
    ),
    Relation("student_historicalcourseenrollment", "user_id", "auth_user", problems.NO_LONGER),
    Relation("student_historicalcourseenrollment", "history_user_id", "auth_user"),
    Relation("student_historicalcourseenrollment", "course_id", COURSES, problems.NO_COURSE),
    Relation("courseware_studentmodule", "student_id", "auth_user"),
    Relation("courseware_studentmodule", "course_id", COURSES, problems.NO_COURSE),
)


@dataclass(slots=True)
class RelationPass:
    """Looks up what a column refers to, a range of rows at a time, by the parent's primary key."""

    source: Source
    map: TableMap
    relation: Relation
    resumable: bool = True

    @property
    def table(self) -> str:
        """The table that refers."""
        return self.relation.table

    @property
    def name(self) -> str:
        """What is looked for, and where."""
        relation = self.relation
        return f"{relation.table}.{relation.column} in {relation.parent}"

    def read(self, after: Key | None, size: int) -> Sequence[Row]:
        """Read keys, each with 0 all is well, 1 nothing there, 2 there but spelled otherwise."""
        where, parameters = ("", ()) if after is None else (" WHERE {key} > %s", (int(after),))
        statement = _RANGE.replace("{where}", where).format(
            table=quoted(self.relation.table),
            parent=quoted(self.relation.parent),
            key=quoted(self.map.key),
            column=_REFERENCE[self.relation.is_text].format(quoted(self.relation.column)),
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


_REFERENCE = {True: "NULLIF({}, '')", False: "{}"}
# The range is bounded before it is joined: the server looks up as many parents as it has rows.
_RANGE = """
    SELECT c.k, CASE WHEN c.v IS NULL THEN 0 WHEN p.id IS NULL THEN 1
        WHEN BINARY p.id <> BINARY c.v THEN 2 ELSE 0 END
    FROM (SELECT {key} AS k, {column} AS v FROM {table}{where} ORDER BY {key} LIMIT {size:d}) AS c
    LEFT JOIN {parent} AS p ON p.id = c.v
    ORDER BY c.k
"""
