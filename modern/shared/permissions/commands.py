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
        held = ForumRoleMember.objects.filter(
            user=user_id, role__course_key=course_key, role__name=role
        )
        if held.exists():
            return
        _queue_for(course_key)
        found = ForumRole.objects.filter(course_key=course_key, name=role).order_by("pk").first()
        found = found or ForumRole.objects.create(course_key=course_key, name=role)
        ForumRoleMember.objects.get_or_create(role=found, user_id=user_id)


def _queue_for(course_key: str) -> None:
    """Wait for whoever else writes roles of this forum: its constraints speak up at commit only."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('forum ' || %s, 0))", [course_key]
        )
