"""`POST /change_enrollment`: the website's own form to enrol and to leave; plain text comes back.

One of legacy's rules is not kept, because modern does not know its data yet: embargo by country is
not looked at. What the form says about e-mail is ignored, as stock legacy does.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from compat.views import in_legacys_language
from modern.lms.enrollment import api
from modern.lms.enrollment.data import AUDIT, HONOR, Cause, CourseOffer, Mode
from modern.lms.enrollment.errors import CourseNotFound, EnrollmentError, HeldByCertificate
from modern.shared.events import api as events
from modern.shared.identity import api as identity
from modern.shared.identity.data import Actor, Identity, Via
from modern.shared.keys import CourseKey, InvalidCourseKey

__all__ = ["change_enrollment", "free_mode"]

PROFESSIONAL = frozenset({"professional", "no-id-professional"})
CHOOSABLE = PROFESSIONAL | {"verified"}

Action = Callable[[Actor, str, Cause], HttpResponse]


@require_POST
def change_enrollment(request: HttpRequest) -> HttpResponse:
    """Enrol or unenroll the signed-in user; the body is empty, or where the page must go next."""
    return in_legacys_language(_change_enrollment(request))


def _change_enrollment(request: HttpRequest) -> HttpResponse:
    caller: Identity | None = getattr(request, "identity", None)
    if caller is None or caller.via is not Via.SESSION:
        return HttpResponse(status=403)
    if "course_id" not in request.POST:
        return _refused("Course id not specified")
    try:
        key = str(CourseKey.parse(request.POST["course_id"]))
    except InvalidCourseKey:
        return _refused("Invalid course id")
    action = ACTIONS.get(request.POST.get("enrollment_action", ""))
    if action is None:
        return _refused("Enrollment action is invalid")
    cause = Cause(caller.user_id, caller.username, events.client_of(request))
    return action(identity.actor(caller.username), key, cause)


def free_mode(offer: CourseOffer) -> str | None:
    """The mode the website enrols in by itself: honor before audit, none behind a paywall."""
    if any(mode.slug in PROFESSIONAL for mode in offer.modes) or _is_sold(offer.modes):
        return None
    return next((slug for slug in (HONOR, AUDIT) if offer.has(slug)), None)


def _is_sold(modes: tuple[Mode, ...]) -> bool:
    """Whether honor is all there is and has a price, by which partners sell whole courses."""
    only = modes[0]
    return len(modes) == 1 and only.slug == HONOR and bool(only.min_price or only.suggested_prices)


def _enroll(user: Actor, key: str, cause: Cause) -> HttpResponse:
    try:
        offer = api.offer(key, now=timezone.now())
    except CourseNotFound:
        return _refused("Course id is invalid")
    mode = free_mode(offer)
    if mode is not None:
        try:
            api.enroll(user, key, mode=mode, cause=cause)
        except EnrollmentError:
            return _refused("Could not enroll")
    chooses = any(offered.slug in CHOOSABLE for offered in offer.modes)
    return HttpResponse(f"/course_modes/choose/{key}/" if chooses else "")


def _unenroll(user: Actor, key: str, cause: Cause) -> HttpResponse:
    row = api.enrollment(user.id, key)
    if row is None or not row.active:
        return _refused("You are not enrolled in this course")
    try:
        api.leave(user, key, cause=cause)
    except HeldByCertificate:
        return _refused("Your certificate prevents you from unenrolling from this course")
    return HttpResponse()


def _refused(sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=400)


ACTIONS: dict[str, Action] = {"enroll": _enroll, "unenroll": _unenroll}
