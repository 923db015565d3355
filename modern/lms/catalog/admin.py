"""Courses in the admin, to look at: they are made by publishing, not by hand."""

from __future__ import annotations

from dataclasses import fields

from django.contrib import admin

from modern.lms.catalog import data
from modern.lms.catalog.models import Course

SHOWN = tuple(field.name for field in fields(data.Course))

admin.site.register(
    Course,
    actions=None,
    fields=SHOWN,
    list_display=("key", "title", "starts_at", "ends_at", "staff_only"),
    readonly_fields=SHOWN,
    search_fields=("key", "title"),
)
