"""Invitations; whom they let in where is for the catalogue and enrolment to say."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Upper

AT_COMMIT = models.Deferrable.DEFERRED


class Invitation(models.Model):
    """An e-mail address that may enrol in a course (legacy `student_courseenrollmentallowed`).

    It is not used up: who was invited may leave and come back, until the course staff takes the
    invitation away. `enrolls_at_once` enrols the person as soon as the address is confirmed.
    `invited_at` is unknown of the oldest.
    """

    id = models.BigAutoField(primary_key=True)
    email = models.CharField(max_length=255)
    course_key = models.CharField(max_length=255)
    enrolls_at_once = models.BooleanField(default=False)
    invited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["course_key", "email"],
                name="invitations_invitation_once",
                deferrable=AT_COMMIT,
            )
        ]
        indexes: ClassVar = [models.Index(Upper("email"), name="invitations_email_any")]

    def __str__(self) -> str:
        return f"invitation {self.pk} to {self.course_key}"
