"""What a POST to the enrollment API asks for: read from JSON, checked in legacy's order, fulfilled.

The order matters, because the first check that fails decides the answer a client sees.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.db import transaction

from compat import people
from compat.enrollment_v1 import refusals
from compat.user_v1 import needs_consent
from modern.lms.enrollment import api
from modern.lms.enrollment.data import AUDIT, HONOR, Attribute, Cause, Enrollment
from modern.lms.enrollment.errors import AlreadyEnrolled, EnrollmentError, ModeUnavailable
from modern.shared.identity import api as identity
from modern.shared.identity.data import Account, Actor
from modern.shared.identity.errors import UnknownUser
from modern.shared.keys import CourseKey, InvalidCourseKey

__all__ = ["Caller", "Wish", "fulfil"]

log = logging.getLogger("audit")

FREE_MODES = (AUDIT, HONOR, None)
OPT_IN = "email-optin"
LONGEST = 255  # characters of each part of an attribute


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends the wish: `username` is '' for a server that only has the key."""

    username: str
    has_key: bool
    cause: Cause


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish that is well-formed and that its caller may have; the user exists."""

    user: Actor
    username: str
    course: CourseKey
    mode: str | None
    active: bool | None
    attributes: tuple[Attribute, ...]
    opt_in: bool | None

    @classmethod
    def read(cls, body: object, caller: Caller) -> Self:
        """Check the body of a POST; raises Refusal."""
        fields = body if isinstance(body, Mapping) else {}
        course = _course(fields)
        username = str(fields.get("user") or caller.username)
        if username != caller.username and not caller.has_key:
            raise refusals.not_yours()
        mode = _text(fields.get("mode"))
        if mode not in FREE_MODES and not caller.has_key:
            raise refusals.mode_needs_key(mode)
        return cls(
            user=_user(username),
            username=username,
            course=course,
            mode=mode,
            active=_activation(fields.get("is_active")),
            attributes=_attributes(fields.get("enrollment_attributes")),
            opt_in=_opt_in(fields.get("email_opt_in")),
        )


def fulfil(wish: Wish, caller: Caller, *, now: datetime) -> Enrollment:
    """Enrol or change as the wish says and return the row, unchanged if nothing was to do.

    Only servers change what exists. Raises Refusal, and then nothing was written.
    """
    try:
        with transaction.atomic():
            row = _enrolled(wish, caller)
            _note_opt_in(wish, caller, now)
            return row
    except AlreadyEnrolled as already:
        return api.enrollment_by_id(already.enrollment_id)
    except ModeUnavailable as error:
        offer = api.offer(str(wish.course), now=now, include_expired=wish.active is False)
        raise refusals.mode_unavailable(wish.mode, offer) from error
    except EnrollmentError as error:
        raise refusals.of(
            error, username=wish.username, course_id=str(wish.course), mode=wish.mode
        ) from error
    finally:
        if caller.has_key:
            _audit(wish)


def _enrolled(wish: Wish, caller: Caller) -> Enrollment:
    key = str(wish.course)
    row = api.enrollment(wish.user.id, key)
    if caller.has_key and row is not None and _differs(wish, row):
        return api.change(
            wish.user,
            key,
            mode=wish.mode,
            active=wish.active,
            attributes=wish.attributes,
            cause=caller.cause,
        )
    active = wish.active is not False
    return api.enroll(wish.user, key, mode=wish.mode, active=active, cause=caller.cause)


def _differs(wish: Wish, row: Enrollment) -> bool:
    mode_differs = wish.mode is not None and wish.mode != row.mode
    return mode_differs or (wish.active is not None and wish.active != row.active)


def _note_opt_in(wish: Wish, caller: Caller, now: datetime) -> None:
    """Keep the caller's own choice, even when someone else was enrolled; children stay out."""
    if wish.opt_in is None:
        return
    if not caller.username:
        raise refusals.bad_opt_in(wish.opt_in)
    account = identity.account(caller.username)
    wanted = wish.opt_in and not _is_child(account, now)
    identity.save_org_tag(account.id, org=wish.course.org, key=OPT_IN, value=str(wanted), now=now)


def _is_child(account: Account, now: datetime) -> bool:
    """Whether the year of birth says so; here no year counts as grown up."""
    born = account.profile.year_of_birth if account.profile else None
    return born is not None and needs_consent(born, this_year=now.year)


def _course(fields: Mapping[str, Any]) -> CourseKey:
    details = fields.get("course_details")
    course_id = details.get("course_id") if isinstance(details, Mapping) else None
    if not course_id:
        raise refusals.no_course_named()
    try:
        return CourseKey.parse(str(course_id))
    except InvalidCourseKey as error:
        raise refusals.no_such_course(course_id) from error


def _user(username: str) -> Actor:
    try:
        return people.named(username)
    except UnknownUser as error:
        raise refusals.no_such_user(username) from error


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _activation(value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise refusals.bad_activation(value)
    return value


def _opt_in(value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise refusals.bad_opt_in(value)
    return value


def _attributes(value: object) -> tuple[Attribute, ...]:
    if not isinstance(value, list | None):
        raise refusals.bad_attributes(value)
    try:
        return tuple(map(_attribute, value or ()))
    except (TypeError, KeyError, ValueError) as error:
        raise refusals.bad_attributes(value) from error


def _attribute(given: Mapping[str, object]) -> Attribute:
    texts = [str(given[part]) for part in ("namespace", "name", "value")]
    if not all(len(text) <= LONGEST and "\0" not in text for text in texts):
        raise ValueError("an attribute that no table can hold")
    return Attribute(*texts)


def _audit(wish: Wish) -> None:
    """Say what a server asked for and what is now; ids only, no names."""
    row = api.enrollment(wish.user.id, str(wish.course))
    log.info(
        "enrollment_change_requested: course=%s user=%d mode=%s active=%s now=%s",
        wish.course,
        wish.user.id,
        wish.mode,
        wish.active,
        row and (row.mode, row.active),
    )
