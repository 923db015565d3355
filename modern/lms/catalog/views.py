"""The catalogue over HTTP; anybody may ask, and sees what they could open or enrol in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from modern.lms.catalog import api
from modern.lms.catalog.serializers import (
    CoursePageSerializer,
    CourseQuerySerializer,
    CourseSerializer,
)
from modern.shared.identity.api import actor_in
from modern.shared.keys import CourseKey

if TYPE_CHECKING:
    from rest_framework.request import Request


class CourseListView(APIView):
    """The courses that the caller may see."""

    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="courses_list",
        parameters=[CourseQuerySerializer],
        responses=CoursePageSerializer,
    )
    def get(self, request: Request) -> Response:
        """List a page of courses by number; a page past the end is empty."""
        query = CourseQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        page, size = query.validated_data["page"], query.validated_data["page_size"]
        found = api.visible_courses(
            viewer=actor_in(request),
            now=timezone.now(),
            wanted=query.wanted(),
            start=(page - 1) * size,
            size=size,
        )
        after = page + 1 if page * size < found.total else None
        body = {"results": found.courses, "count": found.total, "next": after}
        return Response(CoursePageSerializer(body).data)


class CourseView(APIView):
    """One course."""

    permission_classes = (AllowAny,)

    @extend_schema(operation_id="courses_get", responses=CourseSerializer)
    def get(self, request: Request, key: str) -> Response:
        """Return a course; 400 for what is no key, 404 for one that the caller may not see."""
        wanted = str(CourseKey.parse(key))
        found = api.visible_course(wanted, viewer=actor_in(request), now=timezone.now())
        return Response(CourseSerializer(found).data)
