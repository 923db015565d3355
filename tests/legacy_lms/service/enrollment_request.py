"""POST enrollment: the checks in legacy's order, then one of three things is done.

Without the API key a caller enrolls oneself in a free mode. With it a server enrolls anybody in
any mode, and changes mode and state of what exists.
"""

from dataclasses import dataclass
from typing import Any

from tests.legacy_lms.service import catalog, enrollment_rows
from tests.legacy_lms.service.api import empty, reply
from tests.legacy_lms.service.call import Call
from tests.legacy_lms.service.enrollment_rows import Enrollment
from tests.legacy_lms.service.messages import Answer
from tests.legacy_lms.service.tables import User, user_where

FREE_MODES = ("audit", "honor", None)

Done = tuple[User, Enrollment]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a POST asks for, as it was sent."""

    course_id: Any
    username: str
    mode: str | None
    is_active: bool | None
    attributes: list[dict[str, str]]
    email_opt_in: bool | None


def enroll_by_api(call: Call, data: Any) -> Done | Answer:
    """Do what the body of a POST asks for; an Answer is the refusal."""
    wish = Wish(
        course_id=data.get("course_details", {}).get("course_id"),
        username=data.get("user") or call.username,
        mode=data.get("mode"),
        is_active=data.get("is_active"),
        attributes=data.get("enrollment_attributes") or [],
        email_opt_in=data.get("email_opt_in"),
    )
    refusal = _refusal(call, wish)
    if refusal is not None:
        return refusal
    user = user_where(call.tables, "username", wish.username)
    if user is None:
        return _message(406, f"The user {wish.username} does not exist.")
    if wish.is_active is not None and not isinstance(wish.is_active, bool):
        return _message(400, f"'{wish.is_active}' is an invalid enrollment activation status.")
    done = _change_or_add(call, user, wish)
    if isinstance(done, tuple) and wish.email_opt_in is not None:
        _opt_in(call, wish)
    return done


def _refusal(call: Call, wish: Wish) -> Answer | None:
    if not wish.course_id:
        return _message(400, "Course ID must be specified to create a new enrollment.")
    if not catalog.is_course_key(wish.course_id):
        return _no_course(wish)
    if wish.username != call.username and not call.has_api_key:
        return empty(404)
    if wish.mode not in FREE_MODES and not call.has_api_key:
        words = f"User does not have permission to create enrollment with mode [{wish.mode}]."
        return _message(403, words)
    return None


def _change_or_add(call: Call, user: User, wish: Wish) -> Done | Answer:
    found = enrollment_rows.find(call.tables, user.id, wish.course_id)
    if found is None or not call.has_api_key:
        return _add(call, user, wish, found=found)
    other_mode = bool(wish.mode) and found.mode != wish.mode
    other_state = wish.is_active is not None and found.is_active != wish.is_active
    if not (other_mode or other_state):
        return _add(call, user, wish, found=found)
    if other_mode and other_state and not wish.is_active:
        return _message(
            400,
            f"Enrollment mode mismatch: active mode={found.mode},"
            f" requested mode={wish.mode}. Won't deactivate.",
        )
    return _change(call, user, wish, found=found)


def _change(call: Call, user: User, wish: Wish, *, found: Enrollment) -> Done | Answer:
    names = {f"{each['namespace']}:{each['name']}" for each in wish.attributes}
    if wish.attributes and wish.mode == "credit" and "credit:provider_id" not in names:
        # The message shows a list as Python 2 prints it.
        words = "required attributes=[u'credit:provider_id']"
        return _message(400, f"Missing enrollment attributes: requested mode=credit {words}")
    expired = wish.is_active is False
    if wish.mode and not _is_offered(call, wish, wish.mode, expired=expired):
        return _mode_unavailable(call, wish)
    state = found.is_active if wish.is_active is None else wish.is_active
    mode = wish.mode or found.mode
    for _ in range(2):  # legacy saves twice, and the second one changes nothing
        found = enrollment_rows.save(call.tables, found, mode=mode, is_active=state, now=call.now)
    enrollment_rows.add_attributes(call.tables, found, wish.attributes)
    return user, found


def _add(call: Call, user: User, wish: Wish, *, found: Enrollment | None) -> Done | Answer:
    course = catalog.overview(call.tables, wish.course_id)
    if course is None:
        return _no_course(wish)
    mode = wish.mode or _default_mode(call, wish)
    if not _is_offered(call, wish, mode):
        return _mode_unavailable(call, wish)
    if found is not None and found.is_active:
        return user, found
    if not catalog.may_enroll(call.tables, user, course, now=call.now):
        return _message(
            400,
            "An error occurred while creating the new course enrollment for user"
            f" '{user.username}' in course '{wish.course_id}'",
        )
    new = enrollment_rows.enroll(
        call.tables, user, wish.course_id, mode=enrollment_rows.DEFAULT_MODE, now=call.now
    )
    state = wish.is_active is not False
    return user, enrollment_rows.save(call.tables, new, mode=mode, is_active=state, now=call.now)


def _default_mode(call: Call, wish: Wish) -> str:
    slugs = [mode["mode_slug"] for mode in catalog.modes(call.tables, wish.course_id, call.now)]
    return next((each for each in ("audit", "honor") if each in slugs), "audit")


def _is_offered(call: Call, wish: Wish, mode: str, *, expired: bool = False) -> bool:
    on_offer = catalog.modes(call.tables, wish.course_id, call.now, expired=expired)
    return mode in {each["mode_slug"] for each in on_offer}


def _mode_unavailable(call: Call, wish: Wish) -> Answer:
    words = f"The course mode '{wish.mode}' is not available for course '{wish.course_id}'."
    details = catalog.details(call.tables, wish.course_id, call.now)
    return reply({"message": words, "course_details": details}, 400)


def _no_course(wish: Wish) -> Answer:
    return _message(400, f"No course '{wish.course_id}' found for enrollment")


def _message(status: int, words: str) -> Answer:
    return reply({"message": words}, status)


def _opt_in(call: Call, wish: Wish) -> None:
    if call.user is None:
        raise TypeError("legacy stores the wish of the caller, and a server has no preferences")
    course = catalog.overview(call.tables, wish.course_id) or {}
    call.tables.run(
        "INSERT INTO user_api_userorgtag (created, modified, `key`, org, value, user_id)"
        " VALUES (%s, %s, 'email-optin', %s, %s, %s)"
        " ON DUPLICATE KEY UPDATE value = VALUES(value), modified = VALUES(modified)",
        call.now,
        call.now,
        course["org"],
        str(wish.email_opt_in),
        call.user.id,
    )
