"""The catalog app."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Registers the app as `catalog`; its table is named after it."""

    name = "modern.lms.catalog"
    label = "catalog"
