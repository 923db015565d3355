"""Course runs as the catalogue, the phones and enrolment need them; who offers them; blocks."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

AT_COMMIT = models.Deferrable.DEFERRED


class Course(models.Model):
    """A course run (legacy `course_overviews_courseoverview`), made from the course at each
    publication.

    `number` and `display_org` are what authors want shown; `org` is the one in the key. `starts_at`
    NULL means that it was always open, 2030-01-01 that no date was set. `schema_version` is
    legacy's version of this row.
    """

    key = models.CharField(max_length=255, primary_key=True)
    created = models.DateTimeField()
    modified = models.DateTimeField()
    schema_version = models.IntegerField()
    usage_key = models.CharField(max_length=255)
    title = models.TextField(null=True, blank=True)
    number = models.TextField(blank=True)
    display_org = models.TextField(blank=True)
    org = models.TextField(blank=True)

    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    advertised_start = models.TextField(null=True, blank=True)
    announced_at = models.DateTimeField(null=True, blank=True)

    image_url = models.TextField(blank=True)
    video_url = models.TextField(null=True, blank=True)
    social_sharing_url = models.TextField(null=True, blank=True)
    survey_url = models.TextField(null=True, blank=True)
    short_description = models.TextField(null=True, blank=True)
    effort = models.TextField(null=True, blank=True)

    certificates_display_behavior = models.TextField(null=True, blank=True)
    certificates_show_before_end = models.BooleanField(default=False)
    certificates_html_view_enabled = models.BooleanField(default=False)
    has_active_web_certificate = models.BooleanField(default=False)
    certificate_name_short = models.TextField(blank=True)
    certificate_name_long = models.TextField(blank=True)
    passing_grade = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)

    beta_days_early = models.FloatField(null=True, blank=True)
    mobile_available = models.BooleanField(default=False)
    staff_only = models.BooleanField(default=False)
    prerequisite_courses = models.TextField(default="[]")
    catalog_visibility = models.TextField(null=True, blank=True)
    self_paced = models.BooleanField(default=False)

    enrollment_starts_at = models.DateTimeField(null=True, blank=True)
    enrollment_ends_at = models.DateTimeField(null=True, blank=True)
    enrollment_domain = models.TextField(null=True, blank=True)
    invitation_only = models.BooleanField(default=False)
    max_enrollments = models.IntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return self.key


class Organization(models.Model):
    """Who offers courses (legacy `organizations_organization`).

    `short_name` is the organisation in the keys of its courses, and not unique in legacy;
    `logo_path` is below the media root. One that is not active counts as deleted.
    """

    id = models.BigAutoField(primary_key=True)
    created = models.DateTimeField()
    modified = models.DateTimeField()
    name = models.CharField(max_length=255)
    short_name = models.CharField(max_length=255, db_index=True)
    description = models.TextField(blank=True)
    logo_path = models.CharField(max_length=255, null=True, blank=True)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.short_name


class CourseOrganization(models.Model):
    """That an organisation offers a course (legacy `organizations_organizationcourse`).

    A course may have several, none of which need be the one in its key; one that is not active
    counts as deleted.
    """

    id = models.BigAutoField(primary_key=True)
    created = models.DateTimeField()
    modified = models.DateTimeField()
    course_key = models.CharField(max_length=255)
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="course_links", db_constraint=False
    )
    active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["course_key", "organization"],
                name="catalog_courseorganization_once",
                deferrable=AT_COMMIT,
            )
        ]

    def __str__(self) -> str:
        return f"{self.course_key} by {self.organization_id}"


class Structure(models.Model):
    """The tree of a course's blocks (legacy `course_structures_coursestructure`), made anew at each
    publication.

    `tree` is `{"root": usage key, "blocks": {usage key: {"block_type", "children", ...}}}`,
    `discussions` is `{topic id: usage key}`. Of each, where legacy's text cannot be read `..._raw`
    has it; `..._crc` is the text's checksum, which the bridge compares.
    """

    id = models.BigAutoField(primary_key=True)
    created = models.DateTimeField()
    modified = models.DateTimeField()
    course_key = models.CharField(max_length=255)
    tree = models.JSONField(null=True, blank=True)
    tree_raw = models.TextField(null=True, blank=True, editable=False)
    tree_crc = models.BigIntegerField(null=True, blank=True, editable=False)
    discussions = models.JSONField(null=True, blank=True)
    discussions_raw = models.TextField(null=True, blank=True, editable=False)
    discussions_crc = models.BigIntegerField(null=True, blank=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["course_key"], name="catalog_structure_course", deferrable=AT_COMMIT
            )
        ]

    def __str__(self) -> str:
        return f"structure of {self.course_key}"
