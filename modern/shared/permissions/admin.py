"""Roles in the admin: who has which, and giving or taking one; forum members are too many for a
page.
"""

from __future__ import annotations

from django.contrib import admin

from modern.shared.permissions.models import CourseRole, ForumRole

admin.site.register(
    CourseRole,
    raw_id_fields=("user",),
    list_display=("user", "role", "org", "course_key"),
    list_filter=("role",),
    search_fields=("course_key", "org", "user__username"),
)
admin.site.register(ForumRole, list_display=("name", "course_key"), search_fields=("course_key",))
