"""The permissions app."""

from django.apps import AppConfig


class PermissionsConfig(AppConfig):
    """Registers the app as `permissions`; its tables are named after it."""

    name = "modern.shared.permissions"
    label = "permissions"
