"""The certificates app's name and label; its tables start with `certificates_`."""

from django.apps import AppConfig

__all__ = ["CertificatesConfig"]


class CertificatesConfig(AppConfig):
    """Certificates, who gets one whatever the grade, and which were taken back."""

    name = "modern.lms.certificates"
    label = "certificates"
    default_auto_field = "django.db.models.BigAutoField"
