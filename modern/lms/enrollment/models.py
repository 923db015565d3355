"""The enrolment tables, mirrored from legacy while the bridge lives; no business rules.

Foreign keys carry no database constraint and uniqueness is checked at commit, because rows arrive
from legacy in batches and legacy itself holds orphans.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models

__all__ = ["Attribute", "Enrollment", "History", "ManualChange", "Mode"]

AT_COMMIT = models.Deferrable.DEFERRED


class Mode(models.Model):
    """A course's offer, e.g. audit for nothing or verified for 49 usd; its end may be open."""

    id = models.BigAutoField(primary_key=True)
    course_key = models.CharField(max_length=255, db_index=True)
    slug = models.CharField(max_length=100)
    name = models.CharField(max_length=255)
    min_price = models.IntegerField(default=0)
    currency = models.CharField(max_length=8, default="usd")
    expires_at = models.DateTimeField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    expires_explicitly = models.BooleanField(default=False)
    suggested_prices = models.CharField(max_length=255, blank=True, default="")
    description = models.TextField(null=True, blank=True)
    sku = models.CharField(max_length=255, null=True, blank=True)
    bulk_sku = models.CharField(max_length=255, null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["course_key", "slug", "currency"],
                name="enrollment_mode_unique",
                deferrable=AT_COMMIT,
            )
        ]

    def __str__(self) -> str:
        return f"{self.slug} of {self.course_key}"


class Enrollment(models.Model):
    """One user in one course. Active or left (`active=False`); it is never deleted."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="enrollments",
        db_constraint=False,
        db_index=False,
    )
    course_key = models.CharField(max_length=255, db_index=True)
    enrolled_at = models.DateTimeField(null=True, db_index=True)
    active = models.BooleanField(default=True)
    mode = models.CharField(max_length=100)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "course_key"],
                name="enrollment_enrollment_unique",
                deferrable=AT_COMMIT,
            )
        ]

    def __str__(self) -> str:
        return f"user {self.user_id} in {self.course_key}"


class Attribute(models.Model):
    """A fact attached to an enrolment, such as the credit provider."""

    id = models.BigAutoField(primary_key=True)
    enrollment = models.ForeignKey(
        Enrollment, models.CASCADE, related_name="attributes", db_constraint=False
    )
    namespace = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    value = models.CharField(max_length=255)

    def __str__(self) -> str:
        return f"{self.namespace}:{self.name}"


class History(models.Model):
    """The enrolment as it stood after each change; it outlives the enrolment and the users.

    '+' made, '~' changed, '-' removed. Legacy writes up to four rows for one change, some of them
    alike; modern writes one, and the last row before any moment still tells the state it had.
    """

    id = models.BigAutoField(primary_key=True)
    enrollment = models.ForeignKey(
        Enrollment, models.DO_NOTHING, related_name="history", db_constraint=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="+",
    )
    course_key = models.CharField(max_length=255, db_index=True)
    enrolled_at = models.DateTimeField(null=True)
    active = models.BooleanField()
    mode = models.CharField(max_length=100)
    recorded_at = models.DateTimeField()
    change = models.CharField(max_length=1)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="+",
    )

    def __str__(self) -> str:
        return f"{self.change} {self.enrollment_id} at {self.recorded_at:%Y-%m-%d %H:%M:%S}"


class ManualChange(models.Model):
    """That staff enrolled someone by hand, took them out or invited them, and why (legacy
    `student_manualenrollmentaudit`).

    `transition` is legacy's sentence, e.g. `from not enrolled to allowed to enroll`. Of whom has no
    account yet only the e-mail address is known, and `enrollment` is NULL.
    """

    id = models.BigAutoField(primary_key=True)
    enrollment = models.ForeignKey(
        Enrollment,
        models.DO_NOTHING,
        related_name="manual_changes",
        db_constraint=False,
        null=True,
    )
    email = models.CharField(max_length=255, db_index=True)
    transition = models.CharField(max_length=255)
    reason = models.TextField(null=True)
    recorded_at = models.DateTimeField(null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="+",
    )

    def __str__(self) -> str:
        return f"{self.transition}, by {self.actor_id}"
