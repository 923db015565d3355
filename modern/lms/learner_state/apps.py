"""The learner state app's name and label; its tables start with `learner_state_`."""

from django.apps import AppConfig

__all__ = ["LearnerStateConfig"]


class LearnerStateConfig(AppConfig):
    """States of blocks by learner, and their history."""

    name = "modern.lms.learner_state"
    label = "learner_state"
    default_auto_field = "django.db.models.BigAutoField"
