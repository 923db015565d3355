"""Enrolments, their history and the modes in the admin, to look at only.

A row changed here would pass by the commands: no lock, no history, no event.
"""

from django.contrib import admin

from modern.lms.enrollment.models import Enrollment, History, ManualChange, Mode
from modern.shared.looked_at import LookedAt

__all__ = ["EnrollmentAdmin", "HistoryAdmin", "ManualChangeAdmin", "ModeAdmin"]


@admin.register(Enrollment)
class EnrollmentAdmin(LookedAt):
    """Who is in which course."""

    list_display = ("user", "course_key", "mode", "active", "enrolled_at")
    list_filter = ("active", "mode")
    list_select_related = ("user",)
    search_fields = ("=user__username", "=course_key")


@admin.register(History)
class HistoryAdmin(LookedAt):
    """What an enrolment was, and when."""

    list_display = ("recorded_at", "change", "enrollment_id", "course_key", "mode", "active")
    search_fields = ("=user__username", "=course_key")


@admin.register(ManualChange)
class ManualChangeAdmin(LookedAt):
    """What staff did to whom, and why."""

    list_display = ("recorded_at", "transition", "email", "actor", "reason")
    list_select_related = ("actor",)
    search_fields = ("=email",)


@admin.register(Mode)
class ModeAdmin(LookedAt):
    """In which modes a course can be taken."""

    list_display = ("course_key", "slug", "name", "min_price", "currency", "expires_at")
    search_fields = ("=course_key", "=slug")
