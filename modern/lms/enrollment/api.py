"""The only door of enrolment: what there is, what courses offer, and the ways to change it."""

from modern.lms.enrollment.commands import change, enroll, leave
from modern.lms.enrollment.queries import (
    enrollment,
    enrollment_by_id,
    enrollments_in,
    enrollments_of,
    offer,
    offers,
)

__all__ = [
    "change",
    "enroll",
    "enrollment",
    "enrollment_by_id",
    "enrollments_in",
    "enrollments_of",
    "leave",
    "offer",
    "offers",
]
