"""The only door of permissions: who may do what in which course, and who joins its forum."""

from modern.shared.permissions.commands import join_forum
from modern.shared.permissions.queries import (
    course_access,
    course_team,
    forum_roles,
    has_staff_access,
    is_course_staff,
)

__all__ = [
    "course_access",
    "course_team",
    "forum_roles",
    "has_staff_access",
    "is_course_staff",
    "join_forum",
]
