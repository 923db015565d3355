"""States of blocks and their history, mirrored from legacy while the bridge lives; no rules.

Foreign keys carry no database constraint: legacy holds states of people, blocks and courses that
are gone, and they are kept. Nothing is unique but the ids, because old databases repeat rows.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models

__all__ = ["BlockState", "EarlierHistory", "History"]


class Recorded(models.Model):
    """A document and points. The document is in `state`, or in `state_raw` if no jsonb holds it.

    `state_raw` is the text as legacy wrote it, such as with NaN, cut off, or empty; both None means
    that there is none. `state_crc` is the CRC-32 of legacy's text, None where modern wrote.
    """

    state = models.JSONField(null=True)
    state_raw = models.TextField(null=True)
    state_crc = models.BigIntegerField(null=True)
    score = models.FloatField(null=True)
    max_score = models.FloatField(null=True)

    class Meta:
        abstract = True


class BlockState(Recorded):
    """What one learner left in one block of a course."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="block_states",
        db_constraint=False,
        db_index=False,
    )
    course_key = models.CharField(max_length=255)
    usage_key = models.CharField(max_length=255)
    block_type = models.CharField(max_length=32)
    # Legacy's column of 2012, which only its oldest rows set to anything else.
    done = models.CharField(max_length=8, default="na")
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "course_key"], name="learner_in_course")]

    def __str__(self) -> str:
        return f"user {self.user_id} in {self.usage_key}"


class Past(Recorded):
    """A state as it was saved; it may outlive the state."""

    id = models.BigAutoField(primary_key=True)
    block_state = models.ForeignKey(
        BlockState, models.DO_NOTHING, related_name="+", db_constraint=False
    )
    version = models.CharField(max_length=255, null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"state {self.block_state_id} at {self.recorded_at:%Y-%m-%d %H:%M:%S}"


class EarlierHistory(Past):
    """History in legacy's first table for it; modern writes here, where every legacy looks."""


class History(Past):
    """History in the table that large installations moved to, whose ids begin anew."""
