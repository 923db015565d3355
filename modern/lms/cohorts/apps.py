"""The cohorts app."""

from django.apps import AppConfig


class CohortsConfig(AppConfig):
    """Registers the app as `cohorts`; its tables are named after it."""

    name = "modern.lms.cohorts"
    label = "cohorts"
