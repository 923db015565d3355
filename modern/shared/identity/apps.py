"""The identity app."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Registers the app as `identity`; its tables are named after it."""

    name = "modern.shared.identity"
    label = "identity"
