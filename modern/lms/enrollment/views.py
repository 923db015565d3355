"""Enrolments over HTTP, below `/api/v2/enrollments`.

Learners see and change their own: they join free modes while the course takes people, and leave.
Course staff see and change everybody's in their course, in any mode it offers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from modern.lms.enrollment import api
from modern.lms.enrollment.data import AUDIT, HONOR, Cause, Enrollment
from modern.lms.enrollment.errors import EnrollmentNotFound, StaffOnly
from modern.lms.enrollment.serializers import (
    ChangeSerializer,
    EnrollmentPageSerializer,
    EnrollmentSerializer,
    EnrollSerializer,
    ListQuerySerializer,
)
from modern.shared.events.api import client_of
from modern.shared.identity.api import actor
from modern.shared.keys import CourseKey
from modern.shared.permissions.api import has_staff_access

if TYPE_CHECKING:
    from rest_framework.request import Request

    from modern.shared.identity.data import Actor, Identity

FREE_MODES = frozenset({AUDIT, HONOR})


class EnrollmentListView(APIView):
    """The caller's enrolments or a course's, and the place to enrol."""

    @extend_schema(
        operation_id="enrollments_list",
        parameters=[ListQuerySerializer],
        responses=EnrollmentPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """List one's own enrolments, oldest first, or a course's by id; 403 unless staff."""
        query = _valid(ListQuerySerializer(data=request.query_params))
        if "course_key" not in query:
            rows = api.enrollments_of(_caller(request).id, active=query["active"])
            return _page(rows, next_after=None)
        key = str(CourseKey.parse(query["course_key"]))
        _require_staff(_caller(request), key)
        limit = query["limit"]
        rows = api.enrollments_in(key, after=query["after"], limit=limit)
        return _page(rows, next_after=rows[-1].id if len(rows) == limit else None)

    @extend_schema(
        operation_id="enrollments_create",
        request=EnrollSerializer,
        responses={201: EnrollmentSerializer},
    )
    def post(self, request: Request) -> Response:
        """Enrol; 409 who is in already or finds the course full, 403 where it is closed."""
        wish = _valid(EnrollSerializer(data=request.data))
        key = str(CourseKey.parse(wish["course_key"]))
        caller = _caller(request)
        username = wish.get("username", caller.username)
        mode = wish.get("mode")
        if username != caller.username or mode not in FREE_MODES | {None}:
            _require_staff(caller, key)
        made = api.enroll(actor(username), key, mode=mode, cause=_cause(request))
        return Response(EnrollmentSerializer(made).data, status=201)


class EnrollmentView(APIView):
    """One enrolment, for its owner and for the staff of its course; nobody else learns of it."""

    @extend_schema(operation_id="enrollments_get", responses=EnrollmentSerializer)
    def get(self, request: Request, enrollment_id: int) -> Response:
        """Return the enrolment."""
        row, _ = _seen(request, enrollment_id)
        return Response(EnrollmentSerializer(row).data)

    @extend_schema(
        operation_id="enrollments_change",
        request=ChangeSerializer,
        responses=EnrollmentSerializer,
    )
    def patch(self, request: Request, enrollment_id: int) -> Response:
        """Leave, come back or change the mode; learners come back as they would enrol."""
        wish = _valid(ChangeSerializer(data=request.data))
        row, is_staff = _seen(request, enrollment_id)
        cause = _cause(request)
        user = actor(row.username)
        if is_staff:
            changed = api.change(user, row.course_key, **wish, cause=cause)
        else:
            changed = _changed_by_learner(user, row, cause, **wish)
        return Response(EnrollmentSerializer(changed).data)


def _changed_by_learner(
    user: Actor,
    row: Enrollment,
    cause: Cause,
    *,
    active: bool | None = None,
    mode: str | None = None,
) -> Enrollment:
    """Change one's own row; a paid mode is kept while one stays, and not had again by coming back.

    Only `enroll` takes people in: the row may have been left since it was read.
    """
    comes_back = bool(active) and not row.active
    if mode not in FREE_MODES | {None} and (comes_back or mode != row.mode):
        raise StaffOnly
    if comes_back:
        return api.enroll(user, row.course_key, mode=mode, cause=cause)
    if active is False:
        return api.leave(user, row.course_key, mode=mode, cause=cause)
    return api.change(user, row.course_key, mode=mode, cause=cause)


def _valid(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _caller(request: Request) -> Actor:
    return actor(cast("Identity", request.auth).username)


def _cause(request: Request) -> Cause:
    identity = cast("Identity", request.auth)
    return Cause(identity.user_id, identity.username, client_of(request))


def _require_staff(caller: Actor, course_key: str) -> None:
    if not has_staff_access(caller, course_key):
        raise StaffOnly


def _seen(request: Request, enrollment_id: int) -> tuple[Enrollment, bool]:
    """Return the enrolment and whether the caller is staff of its course; raises for strangers."""
    row, caller = api.enrollment_by_id(enrollment_id), _caller(request)
    is_staff = has_staff_access(caller, row.course_key)
    if row.user_id != caller.id and not is_staff:
        raise EnrollmentNotFound(str(enrollment_id))
    return row, is_staff


def _page(rows: list[Enrollment], *, next_after: int | None) -> Response:
    body = {"results": rows, "next_after": next_after}
    return Response(EnrollmentPageSerializer(body).data)
