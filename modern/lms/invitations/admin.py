"""Invitations in the admin: found by course or address, given and taken away."""

from django.contrib import admin

from modern.lms.invitations.models import Invitation

admin.site.register(
    Invitation,
    list_display=("course_key", "email", "enrolls_at_once", "invited_at"),
    list_filter=("enrolls_at_once",),
    search_fields=("=course_key", "=email"),
)
