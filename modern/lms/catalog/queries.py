"""Reads of courses and of who offers them: values of `data`, or an error of `errors`."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING

from django.db.models import Q

from modern.lms.catalog import data
from modern.lms.catalog.errors import UnknownCourse, UnknownOrganization
from modern.lms.catalog.models import Course, CourseOrganization, Organization
from modern.lms.catalog.visibility import visible_to
from modern.lms.invitations.api import invited_courses
from modern.shared.permissions.api import course_access

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from modern.shared.identity.data import Actor

__all__ = [
    "course",
    "courses",
    "organization",
    "organizations",
    "organizations_of",
    "visible_course",
    "visible_courses",
]

STORED = tuple(f.name for f in fields(data.Course) if f.name != "prerequisite_courses")
ALL = data.CourseFilter()


def course(key: str) -> data.Course:
    """Return the course of this key, whoever asks; raises UnknownCourse."""
    return _one(Course.objects.filter(key=key).first())


def courses(keys: Iterable[str]) -> dict[str, data.Course]:
    """Return those of the courses that exist, by key."""
    return {row.key: _course(row) for row in Course.objects.filter(key__in=list(keys))}


def visible_course(key: str, *, viewer: Actor | None, now: datetime) -> data.Course:
    """Return the course if `viewer` (None: anybody) may see it; raises UnknownCourse."""
    shown = _shown_to(viewer, now)
    return _one(Course.objects.filter(shown, key=key).first())


def visible_courses(
    *,
    viewer: Actor | None,
    now: datetime,
    wanted: data.CourseFilter = ALL,
    start: int = 0,
    size: int | None = None,
) -> data.CoursePage:
    """Return `size` courses that `viewer` may see, from `start` on, ordered by number and key."""
    shown = _shown_to(viewer, now)
    found = Course.objects.filter(shown & _matches(wanted)).order_by("number", "key")
    end = None if size is None else start + size
    return data.CoursePage(courses=tuple(map(_course, found[start:end])), total=found.count())


def organization(short_name: str) -> data.Organization:
    """Return the organisation of this short name, of several the oldest; raises
    UnknownOrganization.
    """
    row = Organization.objects.filter(active=True, short_name=short_name).order_by("pk").first()
    if row is None:
        raise UnknownOrganization
    return _organization(row)


def organizations() -> list[data.Organization]:
    """Return all organisations, oldest first."""
    return [_organization(row) for row in Organization.objects.filter(active=True).order_by("pk")]


def organizations_of(course_key: str) -> list[data.Organization]:
    """Return who offers the course, oldest first; whose part in it ended is left out."""
    links = CourseOrganization.objects.filter(active=True, course_key=course_key)
    rows = Organization.objects.filter(active=True, pk__in=links.values("organization"))
    return [_organization(row) for row in rows.order_by("pk")]


def _shown_to(viewer: Actor | None, now: datetime) -> Q:
    invited = frozenset() if viewer is None else invited_courses(viewer.id)
    return visible_to(course_access(viewer), now=now, invited=invited)


def _matches(wanted: data.CourseFilter) -> Q:
    condition = Q()
    if wanted.org is not None:
        condition &= Q(org__iexact=wanted.org)
    if wanted.mobile is not None:
        condition &= Q(mobile_available=wanted.mobile)
    for word in wanted.text.split():
        condition &= _mentions(word)
    return condition


def _mentions(word: str) -> Q:
    places = ("title", "number", "display_org", "short_description", "key")
    condition = Q()
    for place in places:
        condition |= Q(**{f"{place}__icontains": word})
    return condition


def _one(row: Course | None) -> data.Course:
    if row is None:
        raise UnknownCourse
    return _course(row)


def _course(row: Course) -> data.Course:
    stored = {name: getattr(row, name) for name in STORED}
    return data.Course(**stored, prerequisite_courses=_keys(row.prerequisite_courses))


def _organization(row: Organization) -> data.Organization:
    return data.Organization(
        id=row.pk,
        name=row.name,
        short_name=row.short_name,
        description=row.description,
        logo_path=row.logo_path,
    )


def _keys(text: str) -> tuple[str, ...]:
    """Read the JSON list of legacy; '' is an empty list there too."""
    return tuple(json.loads(text)) if text else ()
