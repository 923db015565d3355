"""Courses and organisations in the admin, to look at: courses are made by publishing."""

from __future__ import annotations

from dataclasses import fields

from django.contrib import admin

from modern.lms.catalog import data
from modern.lms.catalog.models import Course, Organization
from modern.shared.looked_at import LookedAt

SHOWN = tuple(field.name for field in fields(data.Course))

admin.site.register(
    Course,
    actions=None,
    fields=SHOWN,
    list_display=("key", "title", "starts_at", "ends_at", "staff_only"),
    readonly_fields=SHOWN,
    search_fields=("key", "title"),
)


@admin.register(Organization)
class OrganizationAdmin(LookedAt):
    """Who offers courses."""

    list_display = ("short_name", "name", "active")
    list_filter = ("active",)
    search_fields = ("short_name", "name")
