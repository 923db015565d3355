"""Enrollments as rows: what enrolling and changing an enrollment write, statement by statement.

The order and the number of rows are those of the recorded binlog: legacy saves an enrollment
several times and keeps a history row of every save, also of one that changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from tests.legacy_lms.service.tables import Row, Tables, User

DEFAULT_MODE = "audit"


@dataclass(frozen=True, slots=True)
class Enrollment:
    """A row of student_courseenrollment."""

    id: int
    course_id: str
    user_id: int
    created: datetime | None
    mode: str
    is_active: bool


def find(tables: Tables, user_id: int, course_id: str) -> Enrollment | None:
    """The enrollment of a user in a course, active or not."""
    row = tables.row(
        "SELECT * FROM student_courseenrollment WHERE user_id = %s AND course_id = %s",
        user_id,
        course_id,
    )
    return _enrollment(row) if row else None


def active_of(tables: Tables, user_id: int) -> list[Enrollment]:
    """The active enrollments of a user, oldest first."""
    rows = tables.rows(
        "SELECT * FROM student_courseenrollment WHERE user_id = %s AND is_active"
        " ORDER BY created, id",
        user_id,
    )
    return [_enrollment(row) for row in rows]


def active_count(tables: Tables, course_id: str) -> int:
    """How many learners a course has, for courses with a limit."""
    row = tables.row(
        "SELECT COUNT(*) AS n FROM student_courseenrollment WHERE course_id = %s AND is_active",
        course_id,
    )
    return int(row["n"]) if row else 0


def enroll(tables: Tables, user: User, course_id: str, *, mode: str, now: datetime) -> Enrollment:
    """Make or reactivate an enrollment in a mode."""
    found = find(tables, user.id, course_id)
    if found is None:
        found = _insert(tables, user, course_id, now=now)
        found = save(tables, found, mode=DEFAULT_MODE, is_active=False, now=now)
    return save(tables, found, mode=mode, is_active=True, now=now)


def save(
    tables: Tables, enrollment: Enrollment, *, mode: str, is_active: bool, now: datetime
) -> Enrollment:
    """Write mode and state and a history row; activating gives the forum's role of the course."""
    tables.run(
        "UPDATE student_courseenrollment SET mode = %s, is_active = %s WHERE id = %s",
        mode,
        is_active,
        enrollment.id,
    )
    return _remember(tables, enrollment.id, kind="~", now=now)


def add_attributes(tables: Tables, enrollment: Enrollment, attributes: list[Row]) -> None:
    """Store the attributes of an enrollment, such as its credit provider."""
    for each in attributes:
        tables.run(
            "INSERT INTO student_courseenrollmentattribute (namespace, name, value, enrollment_id)"
            " VALUES (%s, %s, %s, %s)",
            each["namespace"],
            each["name"],
            each["value"],
            enrollment.id,
        )


def _insert(tables: Tables, user: User, course_id: str, *, now: datetime) -> Enrollment:
    new_id = tables.run(
        "INSERT INTO student_courseenrollment (course_id, created, is_active, mode, user_id)"
        " VALUES (%s, %s, 1, %s, %s)",
        course_id,
        now,
        DEFAULT_MODE,
        user.id,
    )
    return _remember(tables, new_id, kind="+", now=now)


def _remember(tables: Tables, enrollment_id: int, *, kind: str, now: datetime) -> Enrollment:
    tables.run(
        "INSERT INTO student_historicalcourseenrollment"
        " (id, course_id, created, is_active, mode, user_id, history_date, history_type)"
        " SELECT id, course_id, created, is_active, mode, user_id, %s, %s"
        " FROM student_courseenrollment WHERE id = %s",
        now,
        kind,
        enrollment_id,
    )
    row = tables.row("SELECT * FROM student_courseenrollment WHERE id = %s", enrollment_id)
    enrollment = _enrollment(row or {})
    if enrollment.is_active:
        _give_student_role(tables, enrollment)
    return enrollment


def _give_student_role(tables: Tables, enrollment: Enrollment) -> None:
    role = tables.row(
        "SELECT id FROM django_comment_client_role WHERE course_id = %s AND name = 'Student'",
        enrollment.course_id,
    )
    role_id = role["id"] if role else _make_student_role(tables, enrollment.course_id)
    tables.run(
        "INSERT IGNORE INTO django_comment_client_role_users (role_id, user_id) VALUES (%s, %s)",
        role_id,
        enrollment.user_id,
    )


def _make_student_role(tables: Tables, course_id: str) -> int:
    return tables.run(
        "INSERT INTO django_comment_client_role (name, course_id) VALUES ('Student', %s)", course_id
    )


def _enrollment(row: Row) -> Enrollment:
    row = {name: row[name] for name in Enrollment.__slots__}
    return Enrollment(**row | {"is_active": bool(row["is_active"])})
