"""Enrolments, their history and the modes in the admin, to look at only.

A row changed here would pass by the commands: no lock, no history, no event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from modern.lms.enrollment.models import Enrollment, History, ManualChange, Mode

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest

__all__ = ["EnrollmentAdmin", "HistoryAdmin", "ManualChangeAdmin", "ModeAdmin"]


class _LookedAt(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's class takes no argument at run time
    """Rows that nobody adds, changes or deletes by hand."""

    actions = None

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Allow no row to be added."""
        return False

    def has_change_permission(self, _request: HttpRequest, _row: Model | None = None) -> bool:
        """Allow no row to be changed; whoever may view still sees all."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _row: Model | None = None) -> bool:
        """Allow no row to be deleted."""
        return False


@admin.register(Enrollment)
class EnrollmentAdmin(_LookedAt):
    """Who is in which course."""

    list_display = ("user", "course_key", "mode", "active", "enrolled_at")
    list_filter = ("active", "mode")
    list_select_related = ("user",)
    search_fields = ("=user__username", "=course_key")


@admin.register(History)
class HistoryAdmin(_LookedAt):
    """What an enrolment was, and when."""

    list_display = ("recorded_at", "change", "enrollment_id", "course_key", "mode", "active")
    search_fields = ("=user__username", "=course_key")


@admin.register(ManualChange)
class ManualChangeAdmin(_LookedAt):
    """What staff did to whom, and why."""

    list_display = ("recorded_at", "transition", "email", "actor", "reason")
    list_select_related = ("actor",)
    search_fields = ("=email",)


@admin.register(Mode)
class ModeAdmin(_LookedAt):
    """In which modes a course can be taken."""

    list_display = ("course_key", "slug", "name", "min_price", "currency", "expires_at")
    search_fields = ("=course_key", "=slug")
