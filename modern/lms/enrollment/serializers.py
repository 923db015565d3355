"""The JSON of enrolments below `/api/v2/`, and what can be asked for."""

from rest_framework import serializers

__all__ = [
    "ChangeSerializer",
    "EnrollSerializer",
    "EnrollmentPageSerializer",
    "EnrollmentSerializer",
    "ListQuerySerializer",
]

KEY_LENGTH = 255


class EnrollmentSerializer(serializers.Serializer[object]):
    """A user's place in a course; `active` is false once they left. `enrolled_at` is in UTC."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    course_key = serializers.CharField()
    mode = serializers.CharField()
    active = serializers.BooleanField()
    enrolled_at = serializers.DateTimeField(allow_null=True)


class EnrollmentPageSerializer(serializers.Serializer[object]):
    """Enrolments, and the `after` that asks for those that follow; null at the end."""

    results = EnrollmentSerializer(many=True)
    next_after = serializers.IntegerField(allow_null=True)


class ListQuerySerializer(serializers.Serializer[object]):
    """Whose enrolments: one's own, or with `course_key` a course's, page by page."""

    course_key = serializers.CharField(
        required=False, max_length=KEY_LENGTH, help_text="A course the caller is staff of."
    )
    active = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Of one's own, only these."
    )
    after = serializers.IntegerField(required=False, default=0, min_value=0)
    limit = serializers.IntegerField(required=False, default=100, min_value=1, max_value=1000)


class EnrollSerializer(serializers.Serializer[object]):
    """Whom to enrol where: the caller unless `username` is given, which takes course staff."""

    course_key = serializers.CharField(max_length=KEY_LENGTH)
    username = serializers.CharField(required=False, max_length=30)
    mode = serializers.CharField(required=False, max_length=100)


class ChangeSerializer(serializers.Serializer[object]):
    """What to change; a side that is left out stays as it is."""

    active = serializers.BooleanField(required=False)
    mode = serializers.CharField(required=False, max_length=100)
