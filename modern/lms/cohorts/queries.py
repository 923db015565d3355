"""Reads of cohorts; nobody is put into one by asking, as legacy does on a learner's first visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modern.lms.cohorts import data
from modern.lms.cohorts.models import Admission, Cohort, Cohorting, Placement

if TYPE_CHECKING:
    from django.db.models import QuerySet

__all__ = ["cohort_of", "cohorting", "cohorts_in", "members"]


def cohorting(course_key: str) -> data.Cohorting:
    """Return whether and how the course divides its learners."""
    row = Cohorting.objects.filter(course_key=course_key).first()
    if row is None:
        return data.UNDIVIDED
    return data.Cohorting(
        is_on=row.is_on,
        divided_discussions=_topics(row.divided_discussions),
        divides_inline_discussions=row.divides_inline_discussions,
    )


def cohorts_in(course_key: str) -> list[data.Cohort]:
    """Return the cohorts of the course, oldest first, be it divided now or not."""
    rows = _rows().filter(course_key=course_key, kind=Cohort.COHORT)
    return [_cohort(row) for row in rows.order_by("pk")]


def cohort_of(user_id: int, course_key: str) -> data.Cohort | None:
    """Return the cohort that the user is in; None in a course that is not divided now."""
    if not cohorting(course_key).is_on:
        return None
    placed = Placement.objects.filter(user=user_id, course_key=course_key)
    row = _rows().filter(pk__in=placed.values("cohort")).first()
    return None if row is None else _cohort(row)


def members(cohort_id: int) -> frozenset[int]:
    """Return the ids of those who are placed in the cohort."""
    placed = Placement.objects.filter(cohort=cohort_id)
    return frozenset(placed.values_list("user_id", flat=True))


def _topics(document: object) -> tuple[str, ...]:
    """Read legacy's list of topic ids; anything else divides nothing."""
    return tuple(map(str, document)) if isinstance(document, list) else ()


def _rows() -> QuerySet[Cohort]:
    return Cohort.objects.prefetch_related("admissions", "content_groups")


def _cohort(row: Cohort) -> data.Cohort:
    groups = row.content_groups.all()
    return data.Cohort(
        id=row.pk,
        course_key=row.course_key,
        name=row.name,
        is_random=any(each.rule == Admission.RANDOM for each in row.admissions.all()),
        content_group=next(
            (data.ContentGroup(partition_id=g.partition_id, group_id=g.group_id) for g in groups),
            None,
        ),
    )
