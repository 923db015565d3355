"""Where Django meets flags: the signals that keep the snapshot true, and one row per capability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.apps import apps as all_apps
from django.db.models.signals import post_migrate

from flags.capabilities import CAPABILITIES

if TYPE_CHECKING:
    from django.apps.registry import Apps

__all__ = ["FlagsConfig"]


class FlagsConfig(AppConfig):
    """The Django app `flags`."""

    name = "flags"
    label = "flags"
    verbose_name = "Flags"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the signals."""
        from flags import signals  # noqa: PLC0415 (models exist only once the registry is ready)

        signals.connect()
        post_migrate.connect(_declare_rows, sender=self)


def _declare_rows(*, using: str, apps: Apps = all_apps, **_: Any) -> None:
    """Give every capability its row, so that the admin shows all of them; existing rows stay as
    they are.
    """
    try:
        flag = apps.get_model("flags", "Flag")
    except LookupError:  # migrated back to before the first migration
        return
    rows = [flag(name=name) for name in CAPABILITIES]
    flag.objects.using(using).bulk_create(rows, ignore_conflicts=True)
