"""Certificates, mirrored from legacy while the bridge lives; no business rules.

Foreign keys carry no database constraint and uniqueness is checked at commit, because rows arrive
from legacy in batches and legacy itself holds orphans. What certificates look like and for which
courses they are generated is configuration, which stays legacy's.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models

__all__ = ["Allowance", "Certificate", "Invalidation"]


class Certificate(models.Model):
    """A learner's certificate of a course. `status` runs from generating to downloadable or error.

    `name` is the learner's as printed; `request_key` is what the printer's answer has to show.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="certificates",
        db_constraint=False,
        db_index=False,
    )
    course_key = models.CharField(max_length=255, db_index=True)
    status = models.CharField(max_length=32)
    mode = models.CharField(max_length=32)
    grade = models.CharField(max_length=5, blank=True, default="")
    name = models.CharField(max_length=255, blank=True, default="")
    distinction = models.BooleanField(default=False)
    verify_uuid = models.CharField(max_length=32, blank=True, default="", db_index=True)
    download_uuid = models.CharField(max_length=32, blank=True, default="")
    download_url = models.CharField(max_length=128, blank=True, default="")
    request_key = models.CharField(max_length=32, blank=True, default="")
    error_reason = models.CharField(max_length=512, blank=True, default="")
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "course_key"],
                name="certificates_certificate_unique",
                deferrable=models.Deferrable.DEFERRED,
            )
        ]

    def __str__(self) -> str:
        return f"{self.status} for user {self.user_id} in {self.course_key}"


class Allowance(models.Model):
    """Someone who gets a certificate whatever their grade, or no longer (`active=False`).

    Legacy repeats them.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_constraint=False
    )
    course_key = models.CharField(max_length=255, db_index=True)
    active = models.BooleanField(default=False)
    notes = models.TextField(null=True, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"user {self.user_id} in {self.course_key}"


class Invalidation(models.Model):
    """A certificate that course staff took back, or gave again (`active=False`)."""

    id = models.BigAutoField(primary_key=True)
    certificate = models.ForeignKey(
        Certificate, models.CASCADE, related_name="invalidations", db_constraint=False
    )
    invalidated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+", db_constraint=False
    )
    active = models.BooleanField(default=True)
    notes = models.TextField(null=True, blank=True)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"of certificate {self.certificate_id}"
