"""Reads of certificates; nothing here writes."""

from dataclasses import fields
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from modern.lms.catalog import api as catalog
from modern.lms.catalog.errors import UnknownCourse
from modern.lms.certificates import data, rules
from modern.lms.certificates.models import Allowance, Certificate, Invalidation

__all__ = ["certificate", "certificates_of", "has_allowance", "holds"]

STORED = tuple(each.name for each in fields(data.Certificate))


def certificate(user_id: int, course_key: str) -> data.Certificate | None:
    """The learner's certificate of the course, in whatever status; None when there is no row."""
    row = _rows().filter(user=user_id, course_key=course_key).first()
    return None if row is None else _to_data(row)


def certificates_of(user_id: int) -> list[data.Certificate]:
    """All certificates of the learner, in whatever status, the oldest first."""
    return [_to_data(row) for row in _rows().filter(user=user_id).order_by("created_at", "pk")]


def has_allowance(user_id: int, course_key: str) -> bool:
    """Whether the learner gets a certificate whatever the grade."""
    return Allowance.objects.filter(user=user_id, course_key=course_key, active=True).exists()


def holds(user_id: int, course_key: str, *, now: datetime) -> bool:
    """Whether a certificate keeps the learner in the course, as `rules.binds` says.

    A course that the catalogue does not know shows no certificates.
    """
    found = certificate(user_id, course_key)
    if found is None:
        return False
    try:
        course = catalog.course(course_key)
    except UnknownCourse:
        return False
    return rules.binds(found.status, course, now=now)


def _rows() -> QuerySet[Certificate]:
    taken_back = Invalidation.objects.filter(certificate=OuterRef("pk"), active=True)
    return Certificate.objects.annotate(invalidated=Exists(taken_back))


def _to_data(row: Certificate) -> data.Certificate:
    return data.Certificate(**{name: getattr(row, name) for name in STORED})
