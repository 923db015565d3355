"""The only door of permissions: who may do what in which course."""

from modern.shared.permissions.queries import (
    course_access,
    forum_roles,
    has_staff_access,
    is_course_staff,
)

__all__ = ["course_access", "forum_roles", "has_staff_access", "is_course_staff"]
