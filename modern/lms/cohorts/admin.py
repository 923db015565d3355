"""Cohorts in the admin, to look at: a row changed here would leave the rosters behind."""

from django.contrib import admin

from modern.lms.cohorts.models import Cohort, Cohorting, Placement
from modern.shared.looked_at import LookedAt

__all__ = ["CohortAdmin", "CohortingAdmin", "PlacementAdmin"]


@admin.register(Cohorting)
class CohortingAdmin(LookedAt):
    """Which courses divide their learners."""

    list_display = ("course_key", "is_on", "divides_inline_discussions")
    list_filter = ("is_on",)
    search_fields = ("=course_key",)


@admin.register(Cohort)
class CohortAdmin(LookedAt):
    """Into which parts."""

    list_display = ("course_key", "name")
    search_fields = ("=course_key",)


@admin.register(Placement)
class PlacementAdmin(LookedAt):
    """Who is in which."""

    list_display = ("user", "course_key", "cohort")
    list_select_related = ("user", "cohort")
    search_fields = ("=user__username", "=course_key")
