"""Certificates in the admin, to look at only: who issues them has to tell the learner, too."""

from django.contrib import admin

from modern.lms.certificates.models import Allowance, Certificate, Invalidation
from modern.shared.looked_at import LookedAt

__all__ = ["AllowanceAdmin", "CertificateAdmin", "InvalidationAdmin"]


@admin.register(Certificate)
class CertificateAdmin(LookedAt):
    """Who has a certificate of which course, and how far it is."""

    list_display = ("user", "course_key", "status", "mode", "grade", "modified_at")
    list_filter = ("status", "mode")
    list_select_related = ("user",)
    search_fields = ("=user__username", "=course_key", "=verify_uuid")


@admin.register(Allowance)
class AllowanceAdmin(LookedAt):
    """Who gets one whatever the grade."""

    list_display = ("user", "course_key", "active", "created_at")
    list_select_related = ("user",)
    search_fields = ("=user__username", "=course_key")


@admin.register(Invalidation)
class InvalidationAdmin(LookedAt):
    """Which were taken back, and by whom."""

    list_display = ("certificate", "active", "invalidated_by", "modified_at")
    list_select_related = ("certificate", "invalidated_by")
