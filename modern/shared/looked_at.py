"""Pages of the admin that show rows and change none: an app's commands write, with their locks,
histories and events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest

__all__ = ["LookedAt"]


class LookedAt(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's class takes no argument at run time
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
