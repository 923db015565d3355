"""Writes of roles; each is one transaction."""

from __future__ import annotations

from django.db import connection, transaction

from modern.shared.permissions.models import ForumRole, ForumRoleMember

__all__ = ["join_forum"]


def join_forum(user_id: int, course_key: str, *, role: str) -> None:
    """Give the user the role in the forum of the course, and make the role if the course has none.

    Nothing happens where they have it. Of several roles of one name, which legacy permits, the
    oldest counts.
    """
    with transaction.atomic():
        _queue_for(course_key, user_id)
        held = ForumRoleMember.objects.filter(
            user=user_id, role__course_key=course_key, role__name=role
        )
        if not held.exists():
            found = _role(course_key, role) or _made(course_key, role)
            ForumRoleMember.objects.create(role=found, user_id=user_id)


def _role(course_key: str, name: str) -> ForumRole | None:
    return ForumRole.objects.filter(course_key=course_key, name=name).order_by("pk").first()


def _made(course_key: str, name: str) -> ForumRole:
    """Make the role unless somebody else just did; only the first learners of a course wait."""
    _queue_for(course_key)
    return _role(course_key, name) or ForumRole.objects.create(course_key=course_key, name=name)


def _queue_for(course_key: str, user_id: int = 0) -> None:
    """Wait for whoever else writes the same role or membership: constraints speak up at commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('forum ' || %s, %s))",
            [course_key, user_id],
        )
