"""The enrolment app's name and label; its tables start with `enrollment_`."""

from django.apps import AppConfig

__all__ = ["EnrollmentConfig"]


class EnrollmentConfig(AppConfig):
    """Enrolments, modes and their history."""

    name = "modern.lms.enrollment"
    label = "enrollment"
    default_auto_field = "django.db.models.BigAutoField"
