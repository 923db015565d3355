"""The only door of the catalogue: courses, those that someone may see, and who offers them."""

from modern.lms.catalog.queries import (
    course,
    courses,
    organization,
    organizations,
    organizations_of,
    visible_course,
    visible_courses,
)

__all__ = [
    "course",
    "courses",
    "organization",
    "organizations",
    "organizations_of",
    "visible_course",
    "visible_courses",
]
