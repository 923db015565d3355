"""The only door of the catalogue: courses, who sees and offers them, what they consist of."""

from modern.lms.catalog.queries import (
    course,
    courses,
    organization,
    organizations,
    organizations_of,
    visible_course,
    visible_courses,
)
from modern.lms.catalog.structures import discussions, structure

__all__ = [
    "course",
    "courses",
    "discussions",
    "organization",
    "organizations",
    "organizations_of",
    "structure",
    "visible_course",
    "visible_courses",
]
