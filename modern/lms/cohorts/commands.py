"""Writes of cohorts; each is one transaction that keeps the rosters as the placements say."""

from __future__ import annotations

from django.db import connection, transaction

from modern.lms.cohorts.errors import UnknownCohort
from modern.lms.cohorts.models import Cohort, Placement, RosterEntry

__all__ = ["place"]


def place(user_id: int, cohort_id: int) -> int | None:
    """Put the user into the cohort, out of any other of its course; return the id of that one.

    Nothing happens to who is in it, and None is returned to who was in none. Raises UnknownCohort.
    """
    with transaction.atomic():
        cohort = Cohort.objects.filter(pk=cohort_id, kind=Cohort.COHORT).first()
        if cohort is None:
            raise UnknownCohort
        placement = _locked(user_id, cohort.course_key)
        before = None if placement is None else placement.cohort_id
        if before == cohort.pk:
            return before
        placement = placement or Placement(user_id=user_id, course_key=cohort.course_key)
        placement.cohort = cohort
        placement.save()
        others = Cohort.objects.filter(course_key=cohort.course_key, kind=Cohort.COHORT)
        RosterEntry.objects.filter(user=user_id, cohort__in=others.exclude(pk=cohort.pk)).delete()
        RosterEntry.objects.get_or_create(user_id=user_id, cohort=cohort)
    return before


def _locked(user_id: int, course_key: str) -> Placement | None:
    """The row, locked against the bridge, and the place, locked against another placement.

    Constraints speak up at commit only.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('cohort ' || %s, %s))",
            [course_key, user_id],
        )
    rows = Placement.objects.select_for_update()
    return rows.filter(user=user_id, course_key=course_key).first()
