"""Reads of invitations. An address is compared as legacy's MySQL does, whatever its case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db.models.functions import Upper

from modern.lms.invitations.models import Invitation

if TYPE_CHECKING:
    from django.db.models import QuerySet

__all__ = ["invited_courses", "is_invited"]


def is_invited(user_id: int, course_key: str) -> bool:
    """Say whether the user's present address is invited to the course."""
    return _invitations_of(user_id).filter(course_key=course_key).exists()


def invited_courses(user_id: int) -> frozenset[str]:
    """Return the keys of all courses that the user's present address is invited to."""
    return frozenset(_invitations_of(user_id).values_list("course_key", flat=True))


def _invitations_of(user_id: int) -> QuerySet[Invitation]:
    theirs = get_user_model().objects.filter(pk=user_id).values(address=Upper("email"))
    return Invitation.objects.alias(address=Upper("email")).filter(address__in=theirs)
