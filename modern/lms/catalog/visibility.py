"""Who sees that a course exists: whoever could open it or enrol in it now.

One rule for lists and single courses, as a condition of the database. Registration by domain is not
known here, so courses open by that alone are not shown.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import DateTimeField, ExpressionWrapper, F, Q, Value
from django.db.models.lookups import LessThan

if TYPE_CHECKING:
    from collections.abc import Collection

    from modern.shared.permissions.data import CourseAccess, Reach

__all__ = ["visible_to"]


def visible_to(access: CourseAccess, *, now: datetime, invited: Collection[str] = frozenset()) -> Q:
    """Return the condition under which courses are shown at `now` to someone with this access, who
    is `invited` to the courses of these keys.
    """
    if access.everywhere:
        return Q()
    opened = Q(staff_only=False) & _open(access, now)
    return _within(access.staff) | Q(key__in=invited) | _enrollable(now) | opened


def _open(access: CourseAccess, now: datetime) -> Q:
    early = ExpressionWrapper(
        F("starts_at") - F("beta_days_early") * Value(timedelta(days=1)),
        output_field=DateTimeField(),
    )
    begun = Q(starts_at=None) | Q(starts_at__lt=now)
    for_testers = _within(access.beta) & Q(beta_days_early__isnull=False) & Q(LessThan(early, now))
    return begun | for_testers


def _enrollable(now: datetime) -> Q:
    begun = Q(enrollment_starts_at=None) | Q(enrollment_starts_at__lt=now)
    not_over = Q(enrollment_ends_at=None) | Q(enrollment_ends_at__gt=now)
    return Q(invitation_only=False) & begun & not_over


def _within(reach: Reach) -> Q:
    return Q(org__in=reach.orgs) | Q(key__in=reach.course_keys)
