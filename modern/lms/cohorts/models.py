"""Cohorts as legacy keeps them: six tables with one row each for what a cohort is and who is in it.

As everywhere, foreign keys carry no database constraint and uniqueness is checked at commit.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models

AT_COMMIT = models.Deferrable.DEFERRED


class Cohorting(models.Model):
    """Whether a course divides its learners (legacy `course_groups_coursecohortssettings`), and
    which discussions with them; no row means that it does not.

    `divided_discussions` is a list of topic ids; where legacy's text is no JSON, `..._raw` has it.
    """

    id = models.BigAutoField(primary_key=True)
    course_key = models.CharField(max_length=255)
    is_on = models.BooleanField(default=False)
    divided_discussions = models.JSONField(null=True, blank=True)
    divided_discussions_raw = models.TextField(null=True, blank=True, editable=False)
    divided_discussions_crc = models.BigIntegerField(null=True, blank=True, editable=False)
    divides_inline_discussions = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["course_key"], name="cohorts_cohorting_course", deferrable=AT_COMMIT
            )
        ]

    def __str__(self) -> str:
        return f"cohorts of {self.course_key}: {'on' if self.is_on else 'off'}"


class Cohort(models.Model):
    """A part of a course's learners (legacy `course_groups_courseusergroup`).

    `kind` is `cohort`; legacy left room for other groups and never had any.
    """

    COHORT = "cohort"

    id = models.BigAutoField(primary_key=True)
    course_key = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=20, default=COHORT)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["course_key", "name"], name="cohorts_cohort_name", deferrable=AT_COMMIT
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.course_key}"


class Admission(models.Model):
    """How learners come into a cohort (legacy `course_groups_coursecohort`).

    By chance, who is in none when the course asks (`random`), or by its staff (`manual`), which is
    what no row means too.
    """

    RANDOM = "random"
    MANUAL = "manual"

    id = models.BigAutoField(primary_key=True)
    cohort = models.ForeignKey(
        Cohort, models.CASCADE, related_name="admissions", db_constraint=False, db_index=False
    )
    rule = models.CharField(max_length=20, default=MANUAL)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cohort"], name="cohorts_admission_cohort", deferrable=AT_COMMIT
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule} into {self.cohort_id}"


class ContentGroup(models.Model):
    """The group of content that a cohort sees (legacy
    `course_groups_courseusergrouppartitiongroup`).

    Both ids are the course's own: of one of its partitions, and of a group in that.
    """

    id = models.BigAutoField(primary_key=True)
    cohort = models.ForeignKey(
        Cohort, models.CASCADE, related_name="content_groups", db_constraint=False, db_index=False
    )
    partition_id = models.IntegerField()
    group_id = models.IntegerField()
    created = models.DateTimeField()
    modified = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cohort"], name="cohorts_contentgroup_cohort", deferrable=AT_COMMIT
            )
        ]

    def __str__(self) -> str:
        return f"{self.cohort_id} sees group {self.group_id} of {self.partition_id}"


class Placement(models.Model):
    """In which cohort of a course a user is (legacy `course_groups_cohortmembership`): in one.

    It decides; the roster follows it.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="placements",
        db_constraint=False,
        db_index=False,
    )
    course_key = models.CharField(max_length=255)
    cohort = models.ForeignKey(
        Cohort, models.CASCADE, related_name="placements", db_constraint=False
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "course_key"],
                name="cohorts_placement_once",
                deferrable=AT_COMMIT,
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in cohort {self.cohort_id}"


class RosterEntry(models.Model):
    """A user in the list of a cohort (legacy `course_groups_courseusergroup_users`).

    Until 2015 this was all there was, so a user may be in the lists of two cohorts of a course;
    legacy counts and lists members by it.
    """

    id = models.BigAutoField(primary_key=True)
    cohort = models.ForeignKey(
        Cohort, models.CASCADE, related_name="roster", db_constraint=False, db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_constraint=False
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cohort", "user"], name="cohorts_rosterentry_once", deferrable=AT_COMMIT
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} on the list of cohort {self.cohort_id}"
