"""Roles in courses and in their forums; what a role allows is said in `queries`."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

AT_COMMIT = models.Deferrable.DEFERRED


class CourseRole(models.Model):
    """A role (legacy `student_courseaccessrole`): of a course, of an organisation, or of the whole
    site.

    Of an organisation when `course_key` is '', of the site when `org` is '' too. Known roles:
    instructor, staff, beta_testers, ccx_coach, finance_admin, sales_admin, library_user,
    course_creator_group, support.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="course_roles",
        db_constraint=False,
        db_index=False,
    )
    org = models.CharField(max_length=64, blank=True, default="")
    course_key = models.CharField(max_length=255, blank=True, default="")
    role = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "org", "course_key", "role"],
                name="permissions_courserole_once",
                deferrable=AT_COMMIT,
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["course_key", "role"], name="permissions_courserole_course")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.role} of {self.course_key or self.org or 'the site'}"


class ForumRole(models.Model):
    """A role in a course's forum (legacy `django_comment_client_role`).

    Known names: Administrator, Moderator, Community TA, Student. Legacy does not keep (course,
    name) unique.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=30)
    course_key = models.CharField(max_length=255, blank=True, db_index=True)
    users = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="ForumRoleMember", related_name="forum_roles"
    )

    def __str__(self) -> str:
        return f"{self.name} in {self.course_key}"


class ForumRoleMember(models.Model):
    """A user in a forum role (legacy `django_comment_client_role_users`); every learner is a
    Student.
    """

    id = models.BigAutoField(primary_key=True)
    role = models.ForeignKey(ForumRole, models.CASCADE, db_constraint=False, db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_constraint=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["role", "user"],
                name="permissions_forumrolemember_once",
                deferrable=AT_COMMIT,
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in forum role {self.role_id}"
