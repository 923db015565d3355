"""Courses as the tables know them: overviews, modes, who may enroll and who may see them."""

import re
from datetime import datetime
from typing import Any

from tests.legacy_lms.service import enrollment_rows
from tests.legacy_lms.service.moments import short_moment
from tests.legacy_lms.service.tables import Row, Tables, User

NEW_KEY = re.compile(r"course-v1:[\w.~-]+\+[\w.~-]+\+[\w.~-]+")
OLD_KEY = re.compile(r"[\w.~-]+/[\w.~-]+/[\w.~-]+")
SYNTHETIC_MODE: Row = {
    "mode_slug": "audit",
    "mode_display_name": "Audit",
    "min_price": 0,
    "suggested_prices": "",
    "currency": "usd",
    "expiration_datetime": None,
    "description": None,
    "sku": None,
    "bulk_sku": None,
}


def is_course_key(text: object) -> bool:
    """Whether this is a course key of the new or the old form."""
    whole = isinstance(text, str)
    return whole and bool(NEW_KEY.fullmatch(str(text)) or OLD_KEY.fullmatch(str(text)))


def course_number(course_id: str) -> str:
    """The number part of a key, by which lists are sorted."""
    return re.split(r"[/+]", course_id)[1]


def overview(tables: Tables, course_id: str) -> Row | None:
    """The overview of a course, None for an unknown one; keys are compared by bytes."""
    return tables.row(
        "SELECT * FROM course_overviews_courseoverview WHERE id = BINARY %s", course_id
    )


def overviews(tables: Tables) -> list[Row]:
    """All overviews, sorted by course number."""
    rows = tables.rows("SELECT * FROM course_overviews_courseoverview ORDER BY id")
    return sorted(rows, key=lambda row: course_number(row["id"]))


def modes(tables: Tables, course_id: str, now: datetime, *, expired: bool = False) -> list[Row]:
    """The modes on offer; a course without any has the synthetic audit mode."""
    rows = tables.rows(
        "SELECT * FROM course_modes_coursemode WHERE course_id = %s ORDER BY id", course_id
    )
    if not rows:
        return [SYNTHETIC_MODE]
    return [
        row
        for row in rows
        if expired or not row["expiration_datetime"] or row["expiration_datetime"] >= now
    ]


def details(
    tables: Tables, course_id: str, now: datetime, *, expired: bool = False
) -> dict[str, Any] | None:
    """The course details of the enrollment API, None for an unknown course."""
    course = overview(tables, course_id)
    if course is None:
        return None
    return {
        "course_id": course["id"],
        "enrollment_start": short_moment(course["enrollment_start"]),
        "enrollment_end": short_moment(course["enrollment_end"]),
        "course_start": short_moment(course["start"]),
        "course_end": short_moment(course["end"]),
        "invite_only": bool(course["invitation_only"]),
        "course_modes": [_mode(row) for row in modes(tables, course_id, now, expired=expired)],
    }


def may_enroll(tables: Tables, user: User, course: Row, *, now: datetime) -> bool:
    """Whether enrollment is open to this user: by dates, by invitation, as staff; and not full."""
    if _is_full(tables, course):
        return False
    if enrollment_is_open(course, now) or user.is_staff or is_staff_of(tables, user, course["id"]):
        return True
    return _is_invited(tables, user, course)


def enrollment_is_open(course: Row, now: datetime) -> bool:
    """Whether anybody may enroll now."""
    begun = course["enrollment_start"] is None or course["enrollment_start"] < now
    running = course["enrollment_end"] is None or now < course["enrollment_end"]
    return begun and running and not course["invitation_only"]


def is_visible(tables: Tables, user: User | None, course: Row, *, now: datetime) -> bool:
    """Whether a course exists for a user: they can load it, or they can enroll in it."""
    if user and (user.is_staff or is_staff_of(tables, user, course["id"])):
        return True
    started = course["start"] is None or course["start"] <= now
    loadable = started and not course["visible_to_staff_only"]
    if loadable or enrollment_is_open(course, now):
        return True
    return user is not None and _is_invited(tables, user, course)


def is_staff_of(tables: Tables, user: User, course_id: str) -> bool:
    """Whether a user is staff or instructor of a course or of its organization."""
    org = re.split(r"[/+:]", course_id.removeprefix("course-v1:"))[0]
    row = tables.row(
        "SELECT 1 FROM student_courseaccessrole WHERE user_id = %s"
        " AND role IN ('staff', 'instructor')"
        " AND (course_id = %s OR (course_id = '' AND org = %s))",
        user.id,
        course_id,
        org,
    )
    return user.is_active and row is not None


def _is_invited(tables: Tables, user: User, course: Row) -> bool:
    invited = "SELECT 1 FROM student_courseenrollmentallowed WHERE email = %s AND course_id = %s"
    return tables.row(invited, user.email, course["id"]) is not None


def _is_full(tables: Tables, course: Row) -> bool:
    limit = course["max_student_enrollments_allowed"]
    return limit is not None and enrollment_rows.active_count(tables, course["id"]) >= limit


def _mode(row: Row) -> dict[str, Any]:
    return {
        "slug": row["mode_slug"],
        "name": row["mode_display_name"],
        "min_price": row["min_price"],
        "suggested_prices": row["suggested_prices"],
        "currency": row["currency"],
        "expiration_datetime": short_moment(row["expiration_datetime"]),
        "description": row["description"],
        "sku": row["sku"],
        "bulk_sku": row["bulk_sku"],
    }
