"""Accounts in the admin: read by support, with passwords and powers in superusers' hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from modern.shared.identity.models import GroupMembership, Profile, Standing, User

if TYPE_CHECKING:
    Inline = admin.TabularInline[GroupMembership, User]
    Page = UserAdmin[User]
else:
    Inline, Page = admin.TabularInline, UserAdmin  # generic for type checkers only


class GroupInline(Inline):
    """The groups of an account."""

    model = GroupMembership
    extra = 0


@admin.register(User)
class AccountAdmin(Page):
    """Django's page for users without its group picker, which needs a table of its own making."""

    filter_horizontal = ("user_permissions",)
    inlines = (GroupInline,)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Powers", {"fields": ("is_active", "is_staff", "is_superuser", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )


admin.site.register(Profile, raw_id_fields=("user",), search_fields=("user__username",))
admin.site.register(
    Standing,
    raw_id_fields=("user", "changed_by"),
    list_display=("user", "status", "changed_at"),
)
