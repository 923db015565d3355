"""The JSON of courses, and the parameters of their list."""

from __future__ import annotations

from rest_framework import serializers

from modern.lms.catalog.data import CourseFilter


class CourseSerializer(serializers.Serializer[object]):
    """A course run as learners look at it; times in UTC, null where nothing was set."""

    key = serializers.CharField()
    title = serializers.CharField(allow_null=True)
    number = serializers.CharField()
    org = serializers.CharField(source="display_org")
    short_description = serializers.CharField(allow_null=True)
    effort = serializers.CharField(allow_null=True)
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    advertised_start = serializers.CharField(allow_null=True)
    enrollment_starts_at = serializers.DateTimeField(allow_null=True)
    enrollment_ends_at = serializers.DateTimeField(allow_null=True)
    invitation_only = serializers.BooleanField()
    self_paced = serializers.BooleanField()
    mobile_available = serializers.BooleanField()
    image_url = serializers.CharField()
    video_url = serializers.CharField(allow_null=True)
    prerequisite_courses = serializers.ListField(child=serializers.CharField())


class CoursePageSerializer(serializers.Serializer[object]):
    """One page of courses; `next` is the number of the page after it, null on the last."""

    results = CourseSerializer(many=True)
    count = serializers.IntegerField()
    next = serializers.IntegerField(allow_null=True)


class CourseQuerySerializer(serializers.Serializer[object]):
    """What the list can be asked for."""

    org = serializers.CharField(required=False, help_text="The organisation, case ignored.")
    mobile = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Only (not) for phones."
    )
    search = serializers.CharField(
        required=False, default="", max_length=200, help_text="Words that all occur."
    )
    page = serializers.IntegerField(required=False, default=1, min_value=1, max_value=100_000)
    page_size = serializers.IntegerField(required=False, default=20, min_value=1, max_value=100)

    def wanted(self) -> CourseFilter:
        """Return the filter asked for; call after `is_valid`."""
        given = self.validated_data
        return CourseFilter(org=given.get("org"), mobile=given["mobile"], text=given["search"])
