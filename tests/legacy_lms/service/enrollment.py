"""The enrollment API v1, and the form the website enrolls with."""

from typing import Any

from tests.legacy_lms.service import catalog, enrollment_rows
from tests.legacy_lms.service.api import (
    Endpoint,
    Place,
    anybody,
    empty,
    logged_in_or_key,
    parsed,
    reply,
)
from tests.legacy_lms.service.call import Call
from tests.legacy_lms.service.enrollment_request import enroll_by_api
from tests.legacy_lms.service.messages import Answer, text
from tests.legacy_lms.service.moments import drf_moment
from tests.legacy_lms.service.tables import User, user_where

# What the dashboard shows as being made, or as ready.
BINDING = ("generating", "regenerating", "downloadable")
EARLY = ("early_with_info", "early_no_info")


def list_enrollments(call: Call, _place: Place) -> Answer:
    """GET the active enrollments of the caller or `?user=`, as far as they may be seen."""
    username = call.request.query.get("user", call.username)
    user = user_where(call.tables, "username", username)
    if user is None:
        return reply([])
    found = enrollment_rows.active_of(call.tables, user.id)
    shown = [each for each in found if _may_see(call, user, each.course_id)]
    bodies = [body(call, user, each) for each in shown]
    return reply([each for each in bodies if each["course_details"] is not None])


def one_enrollment(call: Call, place: Place) -> Answer:
    """GET one enrollment: an empty body for none, an empty 404 for another user's."""
    username = place.get("username", call.username)
    privileged = call.has_api_key or bool(call.user and call.user.is_superuser)
    if username != call.username and not privileged:
        return empty(404)
    if not catalog.is_course_key(place["course_id"]):
        raise ValueError("legacy does not catch a bad key here: a server error")
    user = user_where(call.tables, "username", username)
    found = user and enrollment_rows.find(call.tables, user.id, place["course_id"])
    return reply(body(call, user, found)) if user and found else empty()


def course_details(call: Call, place: Place) -> Answer:
    """GET what a course offers; open to everybody."""
    course_id = place["course_id"]
    expired = bool(call.request.query.get("include_expired"))
    details = catalog.details(call.tables, course_id, call.now, expired=expired)
    if details is None:
        return reply({"message": f"No course found for course ID '{course_id}'"}, 400)
    return reply(details)


def enroll(call: Call, _place: Place) -> Answer:
    """POST an enrollment: new, reactivated or, with the API key, changed."""
    done = enroll_by_api(call, parsed(LIST.parses, call))
    if isinstance(done, Answer):
        return done
    user, enrollment = done
    return reply(body(call, user, enrollment))


def body(call: Call, user: User, enrollment: enrollment_rows.Enrollment) -> dict[str, Any]:
    """The enrollment object of the API."""
    return {
        "created": drf_moment(enrollment.created),
        "mode": enrollment.mode,
        "is_active": enrollment.is_active,
        "course_details": catalog.details(call.tables, enrollment.course_id, call.now),
        "user": user.username,
    }


def change_enrollment(call: Call, _place: Place) -> Answer:
    """POST of the website: the body is empty, or where the page has to go next."""
    form, user = call.request.form, call.user
    if user is None:
        return text(403, "")
    if "course_id" not in form:
        return text(400, "Course id not specified")
    if not catalog.is_course_key(form["course_id"]):
        return text(400, "Invalid course id")
    actions = {"enroll": _enroll_by_web, "unenroll": _unenroll_by_web}
    action = actions.get(form.get("enrollment_action", ""))
    if action is None:
        return text(400, "Enrollment action is invalid")
    return action(call, user, form["course_id"])


def _enroll_by_web(call: Call, user: User, course_id: str) -> Answer:
    course = catalog.overview(call.tables, course_id)
    if course is None:
        return text(400, "Course id is invalid")
    slugs = {mode["mode_slug"] for mode in catalog.modes(call.tables, course_id, call.now)}
    # The website prefers honor, the API audit; a paid course enrolls after the choice only.
    mode = next((each for each in ("honor", "audit") if each in slugs), None)
    if mode and not catalog.may_enroll(call.tables, user, course, now=call.now):
        return text(400, "Could not enroll")
    if mode:
        enrollment_rows.enroll(call.tables, user, course_id, mode=mode, now=call.now)
    chooses = slugs & {"verified", "professional", "no-id-professional"}
    return text(200, f"/course_modes/choose/{course_id}/" if chooses else "")


def _unenroll_by_web(call: Call, user: User, course_id: str) -> Answer:
    found = enrollment_rows.find(call.tables, user.id, course_id)
    if found is None or not found.is_active:
        return text(400, "You are not enrolled in this course")
    if _shows_certificate(call, user, course_id):
        return text(400, "Your certificate prevents you from unenrolling from this course")
    enrollment_rows.save(call.tables, found, mode=found.mode, is_active=False, now=call.now)
    return text(200, "")


def _shows_certificate(call: Call, user: User, course_id: str) -> bool:
    """Whether the dashboard shows a certificate of the course: its words bind, not the row's."""
    course = catalog.overview(call.tables, course_id)
    certificate = call.tables.row(
        "SELECT status FROM certificates_generatedcertificate"
        " WHERE user_id = %s AND course_id = %s",
        user.id,
        course_id,
    )
    if course is None or certificate is None:
        return False
    behavior, status = course["certificates_display_behavior"], certificate["status"]
    early = behavior in EARLY or course["certificates_show_before_end"]
    ended = course["end"] is not None and course["end"] < call.now
    hidden = behavior == "early_no_info" and status == "generating"
    return bool(early or ended) and status in BINDING and not hidden


def _may_see(call: Call, user: User, course_id: str) -> bool:
    if call.has_api_key or (call.user and (call.user.id == user.id or call.user.is_staff)):
        return True
    return call.user is not None and catalog.is_staff_of(call.tables, call.user, course_id)


GET = frozenset({"GET"})
LIST = Endpoint(
    name="Enrollment List",
    methods={"GET": list_enrollments, "POST": enroll},
    permits=logged_in_or_key,
    sends_csrf=GET,
    throttled=True,
)
ONE = Endpoint(
    name="Enrollment",
    methods={"GET": one_enrollment},
    permits=logged_in_or_key,
    sends_csrf=GET,
    throttled=True,
)
COURSE = Endpoint(
    name="Enrollment Course Detail",
    methods={"GET": course_details},
    permits=anybody,
    throttled=True,
)
