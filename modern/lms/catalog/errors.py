"""What can go wrong with courses and who offers them.

CatalogError
├── UnknownCourse         Missing   check the key, or sign in to see more
├── UnknownOrganization   Missing   check the short name
└── StructureMissing      Missing   publish the course
"""

from __future__ import annotations

from modern.shared.errors import Missing, ModernError

__all__ = ["CatalogError", "StructureMissing", "UnknownCourse", "UnknownOrganization"]


class CatalogError(ModernError):
    """The course could not be shown: check its key."""


class UnknownCourse(CatalogError, Missing):
    """There is no such course that you may see: check its key."""

    code = "unknown_course"


class UnknownOrganization(CatalogError, Missing):
    """There is no such organisation: check its short name."""

    code = "unknown_organization"


class StructureMissing(CatalogError, Missing):
    """It is not known what this course consists of: publish it, or check its key."""

    code = "structure_missing"
