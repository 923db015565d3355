"""What the roles of a person allow.

Instructors are staff too; a role of the organisation counts in all its courses. A role names both
its organisation and its course, and counts only where both are meant: so legacy compares them, byte
by byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from modern.shared.keys import CourseKey, InvalidCourseKey
from modern.shared.permissions.data import NOWHERE, CourseAccess, Reach
from modern.shared.permissions.models import CourseRole, ForumRole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modern.shared.identity.data import Actor

__all__ = [
    "course_access",
    "course_team",
    "forum_roles",
    "has_staff_access",
    "is_course_staff",
]

STAFF_ROLES = frozenset({"staff", "instructor"})
BETA_ROLES = frozenset({"beta_testers"})
TEAM_ROLES = frozenset({"staff", "instructor", "ccx_coach"})


def is_course_staff(user_id: int, course_key: str) -> bool:
    """Say whether a role makes the user staff of the course; raises InvalidCourseKey."""
    org = CourseKey.parse(course_key).org
    here = Q(course_key=course_key) | Q(course_key="")
    return CourseRole.objects.filter(here, user=user_id, org=org, role__in=STAFF_ROLES).exists()


def has_staff_access(actor: Actor | None, course_key: str) -> bool:
    """Say whether the person may act as staff of the course: global staff and course staff, once
    confirmed.
    """
    if actor is None or not actor.is_active:
        return False
    return actor.is_staff or is_course_staff(actor.id, course_key)


def course_access(actor: Actor | None) -> CourseAccess:
    """Return where the person sees more than learners do; nowhere until they are confirmed."""
    if actor is None or not actor.is_active:
        return NOWHERE
    roles = STAFF_ROLES | BETA_ROLES
    held = CourseRole.objects.filter(user=actor.id, role__in=roles)
    rows = list(held.values_list("role", "org", "course_key"))
    return CourseAccess(
        everywhere=actor.is_staff,
        staff=_reach(rows, roles=STAFF_ROLES),
        beta=_reach(rows, roles=BETA_ROLES),
    )


def course_team(course_key: str) -> frozenset[int]:
    """Return the ids of those who run the course itself; they take no place from its learners."""
    held = CourseRole.objects.filter(course_key=course_key, role__in=TEAM_ROLES)
    return frozenset(held.values_list("user_id", flat=True))


def forum_roles(user_id: int, course_key: str) -> frozenset[str]:
    """Return the names of the user's roles in the forum of the course."""
    roles = ForumRole.objects.filter(course_key=course_key, users=user_id)
    return frozenset(roles.values_list("name", flat=True))


def _reach(rows: Iterable[tuple[str, str, str]], *, roles: frozenset[str]) -> Reach:
    places = [(org, key) for role, org, key in rows if role in roles and org]
    return Reach(
        orgs=frozenset(org for org, key in places if not key),
        course_keys=frozenset(key for org, key in places if key and _org_of(key) == org),
    )


def _org_of(course_key: str) -> str | None:
    try:
        return CourseKey.parse(course_key).org
    except InvalidCourseKey:
        return None
