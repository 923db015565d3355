"""What can go wrong with courses.

CatalogError
└── UnknownCourse   Missing   check the key, or sign in to see more
"""

from __future__ import annotations

from modern.shared.errors import Missing, ModernError

__all__ = ["CatalogError", "UnknownCourse"]


class CatalogError(ModernError):
    """The course could not be shown: check its key."""


class UnknownCourse(CatalogError, Missing):
    """There is no such course that you may see: check its key."""

    code = "unknown_course"
