"""Writes of enrolments: each command is one transaction that locks the user's place in the course.

A change leaves one history row with the state it led to, and its tracking events after the commit.
The credentials and rights of whoever calls are the caller's business, not decided here.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from modern.lms.catalog.data import Course
from modern.lms.certificates import api as certificates
from modern.lms.enrollment import data, queries, rules
from modern.lms.enrollment.errors import (
    AlreadyEnrolled,
    AttributesMissing,
    CourseFull,
    EnrollmentClosed,
    EnrollmentNotFound,
    HeldByCertificate,
    ModeMismatch,
    ModeUnavailable,
)
from modern.lms.enrollment.models import Enrollment, History
from modern.lms.invitations import api as invitations
from modern.shared.events import api as events
from modern.shared.events.data import TrackingEvent
from modern.shared.identity.data import Actor
from modern.shared.keys import CourseKey
from modern.shared.permissions import api as permissions

__all__ = ["change", "enroll", "leave"]

LEARNER_IN_FORUM = "Student"


def enroll(
    user: Actor,
    course_key: str,
    *,
    mode: str | None = None,
    active: bool = True,
    cause: data.Cause = data.NOBODY,
) -> data.Enrollment:
    """Enrol the user, or take them back, in `mode` or else the course's default mode.

    `active=False` enrols and leaves at once. Raises CourseNotFound, ModeUnavailable,
    EnrollmentClosed, CourseFull or AlreadyEnrolled, looked for in this order.
    """
    now = timezone.now()
    with transaction.atomic():
        course = queries.course_of(course_key)
        default = rules.default_mode(queries.offer_of(course, now=now))
        chosen = default if mode is None else mode
        _require_mode(course, chosen, now=now, include_expired=not active)
        row = _locked(user.id, course_key)
        _require_place(user, course, now)
        if row is not None and row.active:
            raise AlreadyEnrolled(course_key, enrollment_id=row.pk)
        permissions.join_forum(user.id, course_key, role=LEARNER_IN_FORUM)
        before = None if row is None else (row.active, row.mode)
        row = row or Enrollment(user_id=user.id, course_key=course_key, enrolled_at=now)
        _save(row, (active, chosen), cause=cause, now=now)
        steps = rules.transitions(before, (True, chosen), joined_as=default)
        steps += rules.transitions((True, chosen), (active, chosen))
        _emit(row, steps, cause=cause, now=now)
    return queries.to_data(row)


def change(
    user: Actor,
    course_key: str,
    *,
    mode: str | None = None,
    active: bool | None = None,
    attributes: Sequence[data.Attribute] = (),
    cause: data.Cause = data.NOBODY,
) -> data.Enrollment:
    """Change mode, activity or both of an enrolment that exists; None leaves a side as it is.

    Attributes are added to those there are. Periods, places and certificates are not looked at:
    this is for who may overrule them. Raises EnrollmentNotFound, ModeMismatch, AttributesMissing,
    CourseNotFound or ModeUnavailable.
    """
    now = timezone.now()
    with transaction.atomic():
        row = _locked(user.id, course_key)
        if row is None:
            raise EnrollmentNotFound(f"in {course_key}")
        _require_sense(row, mode, active, attributes)
        if mode is not None:
            course = queries.course_of(course_key)
            _require_mode(course, mode, now=now, include_expired=active is False)
        before = (row.active, row.mode)
        after = (row.active if active is None else active, row.mode if mode is None else mode)
        if after != before:
            _save(row, after, cause=cause, now=now)
            _emit(row, rules.transitions(before, after), cause=cause, now=now)
        _attach(row, attributes)
    return queries.to_data(row)


def leave(
    user: Actor, course_key: str, *, mode: str | None = None, cause: data.Cause = data.NOBODY
) -> data.Enrollment:
    """Leave a course by one's own wish, which a certificate under way or issued does not allow.

    `mode` is what one believes to leave. Raises HeldByCertificate, and what `change` raises.
    """
    with transaction.atomic():
        row = _locked(user.id, course_key)
        is_in = row is not None and row.active
        if is_in and certificates.holds(user.id, course_key, now=timezone.now()):
            raise HeldByCertificate(course_key)
        return change(user, course_key, mode=mode, active=False, cause=cause)


def _require_mode(course: Course, mode: str, *, now: datetime, include_expired: bool) -> None:
    """Expired modes count for whoever leaves, so that they can leave at all."""
    offer = queries.offer_of(course, now=now, include_expired=include_expired)
    if not offer.has(mode):
        offered = tuple(each.slug for each in offer.modes)
        raise ModeUnavailable(course.key, mode, offered=offered)


def _require_place(user: Actor, course: Course, now: datetime) -> None:
    if not _is_open_to(user, course, now):
        raise EnrollmentClosed(course.key)
    if course.max_enrollments is not None:
        _queue_for(course.key)
        taken = Enrollment.objects.filter(course_key=course.key, active=True)
        team = permissions.course_team(course.key)
        if taken.exclude(user__in=team).count() >= course.max_enrollments:
            raise CourseFull(course.key)


def _is_open_to(user: Actor, course: Course, now: datetime) -> bool:
    """Staff and the invited come in at any time; an invitation stays when it was followed."""
    return (
        rules.admits(course, now=now)
        or permissions.has_staff_access(user, course.key)
        or invitations.is_invited(user.id, course.key)
    )


def _require_sense(
    row: Enrollment,
    mode: str | None,
    active: bool | None,  # noqa: FBT001  # a wish, not a switch
    attributes: Iterable[data.Attribute],
) -> None:
    leaves = row.active and active is False
    if leaves and mode is not None and mode != row.mode:
        raise ModeMismatch(row.mode, mode)
    if missing := rules.missing_attributes(mode, attributes):
        raise AttributesMissing(mode or row.mode, missing)


def _locked(user_id: int, course_key: str) -> Enrollment | None:
    """The row, locked against the bridge, and the place, locked against another enrolment.

    A row that does not exist cannot be locked, and its uniqueness is checked at commit only.
    """
    _queue_for(course_key, user_id)
    rows = Enrollment.objects.select_for_update(of=("self",)).select_related("user")
    return rows.filter(user=user_id, course_key=course_key).first()


def _queue_for(course_key: str, user_id: int = 0) -> None:
    """Wait for whoever else decides on this place, or on the places of the whole course."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('enrollment ' || %s, %s))",
            [course_key, user_id],
        )


def _save(row: Enrollment, state: rules.State, *, cause: data.Cause, now: datetime) -> None:
    sign = "+" if row.pk is None else "~"
    row.active, row.mode = state
    row.save()
    History.objects.create(
        enrollment=row,
        user_id=row.user_id,
        course_key=row.course_key,
        enrolled_at=row.enrolled_at,
        active=row.active,
        mode=row.mode,
        recorded_at=now,
        change=sign,
        actor_id=cause.user_id,
    )


def _attach(row: Enrollment, attributes: Iterable[data.Attribute]) -> None:
    for given in attributes:
        row.attributes.create(namespace=given.namespace, name=given.name, value=given.value)


def _emit(
    row: Enrollment, steps: Iterable[tuple[str, str]], *, cause: data.Cause, now: datetime
) -> None:
    for name, mode in steps:
        events.emit(
            TrackingEvent(
                name=name,
                time=now,
                username=cause.username,
                user_id=cause.user_id,
                client=cause.client,
                org=CourseKey.parse(row.course_key).org,
                course_key=row.course_key,
                payload={"course_id": row.course_key, "user_id": row.user_id, "mode": mode},
            )
        )
