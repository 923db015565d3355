"""The four paths of the enrollment API; no trailing slashes anywhere."""

from django.middleware.csrf import get_token
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from compat import people
from compat.api_key import ApiKeyOrAuthenticated, has_api_key
from compat.authentication import TOKEN_OR_SESSION
from compat.enrollment_v1 import refusals, shapes
from compat.enrollment_v1.wishes import Caller, Wish, fulfil
from compat.throttling import EnrollmentThrottle
from compat.views import LegacyView
from modern.lms.enrollment import api
from modern.lms.enrollment.data import Cause, CourseOffer, Enrollment
from modern.lms.enrollment.errors import CourseNotFound
from modern.shared.events import api as events
from modern.shared.identity import api as identity
from modern.shared.identity.errors import UnknownUser
from modern.shared.keys import CourseKey, InvalidCourseKey
from modern.shared.permissions import api as permissions

__all__ = ["EnrollmentCourseDetailView", "EnrollmentListView", "EnrollmentView"]


class _EnrollmentFamily(LegacyView):
    """What the three views share: who may call, how often, and how a refusal is answered."""

    throttle_classes = (EnrollmentThrottle,)

    def handle_exception(self, exc: Exception) -> Response:
        """Answer a refusal with its own body; the rest goes the common way."""
        if isinstance(exc, refusals.Refusal):
            return Response(exc.body, exc.status)
        return super().handle_exception(exc)


class EnrollmentListView(_EnrollmentFamily):
    """A user's active enrolments, and the place to enrol."""

    authentication_classes = TOKEN_OR_SESSION
    permission_classes = (ApiKeyOrAuthenticated,)

    def get(self, request: Request) -> Response:
        """List the enrolments of the caller or of `?user=`; of others, those the caller may see."""
        get_token(request)
        username = request.query_params.get("user", request.user.get_username())
        rows = _seen(request, username, _active(username))
        offers = api.offers({row.course_key for row in rows}, now=timezone.now())
        return Response(
            [
                shapes.enrollment(row, offers[row.course_key])
                for row in rows
                if row.course_key in offers  # a deleted course leaves the list
            ]
        )

    def post(self, request: Request) -> Response:
        """Enrol the caller; with the API key enrol, move or release anybody. 200, never 201."""
        caller = Caller(
            username=request.user.get_username(),
            has_key=has_api_key(request),
            cause=Cause(
                user_id=request.user.pk,
                username=request.user.get_username(),
                client=events.client_of(request),
            ),
        )
        now = timezone.now()
        row = fulfil(Wish.read(request.data, caller), caller, now=now)
        return Response(shapes.enrollment(row, _offer(row.course_key)))


class EnrollmentView(_EnrollmentFamily):
    """One enrolment, active or not."""

    authentication_classes = TOKEN_OR_SESSION
    permission_classes = (ApiKeyOrAuthenticated,)

    def get(self, request: Request, course_id: str, username: str = "") -> Response:
        """Return the enrolment; an empty 200 for who never enrolled, an empty 404 for strangers."""
        get_token(request)
        wanted = username or request.user.get_username()
        if not _may_read(request, wanted):
            raise refusals.not_yours()
        try:
            row = _enrollment(wanted, str(CourseKey.parse(course_id)))
        except InvalidCourseKey as error:
            raise refusals.unreadable(wanted, course_id) from error
        return Response(row and shapes.enrollment(row, _offer(row.course_key)))


class EnrollmentCourseDetailView(_EnrollmentFamily):
    """What a course offers, for everybody; credentials are not even looked at."""

    authentication_classes = ()
    permission_classes = ()

    def get(self, request: Request, course_id: str) -> Response:
        """Return the course's modes and periods; any `include_expired` adds modes that ended."""
        include_expired = bool(request.query_params.get("include_expired"))
        try:
            key = str(CourseKey.parse(course_id))
            offer = api.offer(key, now=timezone.now(), include_expired=include_expired)
        except (InvalidCourseKey, CourseNotFound) as error:
            raise refusals.no_course_details(course_id) from error
        return Response(shapes.course_details(offer))


def _may_read(request: Request, username: str) -> bool:
    """Whether the caller may read this user's single enrolments; being staff is not enough."""
    user = request.user
    return user.get_username() == username or user.is_superuser or has_api_key(request)


def _seen(request: Request, username: str, rows: list[Enrollment]) -> list[Enrollment]:
    """Those rows of a list that show: all of one's own, to servers and to global staff; to others
    those of the courses they are staff of. A role of the whole organisation does not count here.
    """
    user = request.user
    if user.get_username() == username or user.is_staff or has_api_key(request):
        return rows
    mine = permissions.course_access(identity.actor(user.get_username())).staff.course_keys
    return [row for row in rows if row.course_key in mine]


def _active(username: str) -> list[Enrollment]:
    try:
        return api.enrollments_of(people.named(username).id, active=True)
    except UnknownUser:
        return []


def _enrollment(username: str, course_key: str) -> Enrollment | None:
    try:
        return api.enrollment(people.named(username).id, course_key)
    except UnknownUser:
        return None


def _offer(course_key: str) -> CourseOffer | None:
    try:
        return api.offer(course_key, now=timezone.now())
    except CourseNotFound:
        return None
