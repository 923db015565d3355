"""Courses in the admin, to look at: they are made by publishing, not by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from modern.lms.catalog.models import Course

if TYPE_CHECKING:
    from django.http import HttpRequest

    Base = admin.ModelAdmin[Course]
else:
    Base = admin.ModelAdmin  # generic for type checkers only


@admin.register(Course)
class CourseAdmin(Base):
    """A searchable list of courses."""

    list_display = ("key", "title", "starts_at", "ends_at", "staff_only")
    search_fields = ("key", "title")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Say no."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Course | None = None) -> bool:
        """Say no."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Course | None = None) -> bool:
        """Say no."""
        return False
