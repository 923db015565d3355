"""The only door of the catalogue: courses, and those that someone may see."""

from modern.lms.catalog.queries import course, courses, visible_course, visible_courses

__all__ = ["course", "courses", "visible_course", "visible_courses"]
