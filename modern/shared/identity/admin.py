"""Accounts in the admin: read by support, with passwords and powers in superusers' hands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from modern.shared.identity.models import GroupMembership, Profile, Standing, User
from modern.shared.identity.throttling import SignInThrottle

if TYPE_CHECKING:
    from django.http import HttpRequest

    Inline = admin.TabularInline[GroupMembership, User]
    Page = UserAdmin[User]
else:
    Inline, Page = admin.TabularInline, UserAdmin  # generic for type checkers only


class SignInForm(AdminAuthenticationForm):
    """The admin's own way in, which counts attempts together with those of `/api/v2/`."""

    def clean(self) -> dict[str, Any]:
        """Check name and password, unless there were ten tries in this minute."""
        if self.request and not SignInThrottle().allow_request(Request(self.request), APIView()):
            raise ValidationError("Too many tries: wait a minute and try again.", "throttled")
        return super().clean()


admin.site.login_form = SignInForm


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

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Let superusers alone change accounts: whoever gives powers or passwords has them all."""
        return request.user.is_superuser and super().has_change_permission(request, obj)


admin.site.register(Profile, raw_id_fields=("user",), search_fields=("user__username",))
admin.site.register(
    Standing,
    raw_id_fields=("user", "changed_by"),
    list_display=("user", "status", "changed_at"),
)
