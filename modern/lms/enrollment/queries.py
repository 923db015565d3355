"""Reads of enrolments and of what courses offer; nothing here writes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import F, QuerySet

from modern.lms.catalog import api as catalog
from modern.lms.catalog.data import Course
from modern.lms.catalog.errors import UnknownCourse
from modern.lms.enrollment import data, rules
from modern.lms.enrollment.errors import CourseNotFound, EnrollmentNotFound
from modern.lms.enrollment.models import Enrollment, Mode

__all__ = [
    "course_of",
    "enrollment",
    "enrollment_by_id",
    "enrollments_in",
    "enrollments_of",
    "offer",
    "offer_of",
    "offers",
]


def enrollment(user_id: int, course_key: str) -> data.Enrollment | None:
    """The user's enrolment in the course, active or not; None when they never enrolled."""
    row = _rows().filter(user=user_id, course_key=course_key).first()
    return None if row is None else to_data(row)


def enrollment_by_id(enrollment_id: int) -> data.Enrollment:
    """One enrolment; raises EnrollmentNotFound."""
    row = _rows().filter(pk=enrollment_id).first()
    if row is None:
        raise EnrollmentNotFound(str(enrollment_id))
    return to_data(row)


def enrollments_of(user_id: int, *, active: bool | None = None) -> list[data.Enrollment]:
    """The user's enrolments, oldest first; those without a date come before all, as in MySQL."""
    rows = _rows().filter(user=user_id)
    if active is not None:
        rows = rows.filter(active=active)
    return [to_data(row) for row in rows.order_by(F("enrolled_at").asc(nulls_first=True), "pk")]


def enrollments_in(course_key: str, *, after: int, limit: int) -> list[data.Enrollment]:
    """At most `limit` enrolments of the course whose id is above `after`, by id."""
    rows = _rows().filter(course_key=course_key, pk__gt=after).order_by("pk")
    return [to_data(row) for row in rows[:limit]]


def offer(course_key: str, *, now: datetime, include_expired: bool = False) -> data.CourseOffer:
    """What the course offers at `now`; raises CourseNotFound."""
    return offer_of(course_of(course_key), now=now, include_expired=include_expired)


def offer_of(course: Course, *, now: datetime, include_expired: bool = False) -> data.CourseOffer:
    """What a course that is already at hand offers at `now`."""
    modes = _modes([course.key])[course.key]
    return _offer(course, rules.available(modes, now=now, include_expired=include_expired))


def offers(course_keys: Iterable[str], *, now: datetime) -> dict[str, data.CourseOffer]:
    """What the courses offer at `now`, by key, in two queries; unknown courses are left out."""
    courses = catalog.courses(course_keys)
    modes = _modes(courses)
    return {
        key: _offer(course, rules.available(modes[key], now=now)) for key, course in courses.items()
    }


def course_of(course_key: str) -> Course:
    """The course itself; raises CourseNotFound."""
    try:
        return catalog.course(course_key)
    except UnknownCourse as error:
        raise CourseNotFound(course_key) from error


def to_data(row: Enrollment) -> data.Enrollment:
    """The value of a row whose user is loaded."""
    return data.Enrollment(
        id=row.pk,
        user_id=row.user_id,
        username=row.user.username,
        course_key=row.course_key,
        enrolled_at=row.enrolled_at,
        active=row.active,
        mode=row.mode,
    )


def _rows() -> QuerySet[Enrollment]:
    return Enrollment.objects.select_related("user")


def _modes(course_keys: Iterable[str]) -> defaultdict[str, list[data.Mode]]:
    by_course: defaultdict[str, list[data.Mode]] = defaultdict(list)
    for row in Mode.objects.filter(course_key__in=list(course_keys)).order_by("pk"):
        by_course[row.course_key].append(_mode(row))
    return by_course


def _mode(row: Mode) -> data.Mode:
    return data.Mode(
        slug=row.slug,
        name=row.name,
        min_price=row.min_price,
        suggested_prices=row.suggested_prices,
        currency=row.currency,
        expires_at=row.expires_at,
        description=row.description,
        sku=row.sku,
        bulk_sku=row.bulk_sku,
    )


def _offer(course: Course, modes: Sequence[data.Mode]) -> data.CourseOffer:
    return data.CourseOffer(
        course_key=course.key,
        starts_at=course.starts_at,
        ends_at=course.ends_at,
        enrollment_starts_at=course.enrollment_starts_at,
        enrollment_ends_at=course.enrollment_ends_at,
        invitation_only=course.invitation_only,
        modes=tuple(modes),
    )
