"""Accounts and what belongs to them, with the ids, hashes and empty values legacy gave them.

Foreign keys are not enforced in the database and unique constraints are checked at commit: rows
arrive one table at a time, legacy holds orphans, and a batch may swap two values. NULL and '' stay
as they came.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    Group,
    Permission,
    PermissionsMixin,
)
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone

AT_COMMIT = models.Deferrable.DEFERRED


class People(BaseUserManager["User"]):
    """The manager of User; names are looked up byte by byte."""

    def create_user(
        self, username: str, email: str = "", password: str | None = None, **more: Any
    ) -> User:
        """Make an account; without a password nobody can log in to it."""
        user = self.model(username=username, email=self.normalize_email(email), **more)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, email: str = "", password: str | None = None) -> User:
        """Make an account that may do everything; `manage.py createsuperuser` calls this."""
        powers = {"is_staff": True, "is_superuser": True}
        return self.create_user(username, email, password, **powers)


class User(AbstractBaseUser, PermissionsMixin):
    """An account (legacy `auth_user`); `is_active` says that the e-mail address was confirmed.

    `username` is unique byte by byte; `email` is not unique: legacy never enforced it. `is_staff`
    is staff of every course.
    """

    id = models.BigAutoField(primary_key=True)
    username = models.CharField(max_length=30)
    first_name = models.CharField(max_length=30, blank=True, default="")
    last_name = models.CharField(max_length=30, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    groups = models.ManyToManyField(  # type: ignore[assignment]  # narrower than the mixin's
        Group, through="GroupMembership", related_name="users", blank=True
    )
    user_permissions = models.ManyToManyField(  # type: ignore[assignment]  # as groups
        Permission, related_name="users", blank=True, db_constraint=False
    )

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    objects: ClassVar[People] = People()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["username"], name="identity_user_username", deferrable=AT_COMMIT
            )
        ]
        indexes: ClassVar = [
            models.Index(Upper("username"), name="identity_user_username_any"),
            models.Index(Upper("email"), name="identity_user_email_any"),
        ]

    def __str__(self) -> str:
        return self.username


class GroupMembership(models.Model):
    """A user in a group (legacy `auth_user_groups`)."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, db_constraint=False)
    group = models.ForeignKey(Group, models.CASCADE, db_constraint=False)

    class Meta:
        db_table = "identity_user_groups"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "group"], name="identity_user_groups_once", deferrable=AT_COMMIT
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}"


class Profile(models.Model):
    """What a person says about themselves (legacy `auth_userprofile`); at most one a user, perhaps
    none.

    `meta` is JSON text ('' means {}): old names, old e-mail addresses, extra fields of a site.
    `may_have_certificate` is false for people under embargo.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        User, models.CASCADE, related_name="profiles", db_constraint=False, db_index=False
    )
    name = models.CharField(max_length=255, blank=True, default="")
    meta = models.TextField(blank=True, default="")
    courseware = models.CharField(max_length=255, blank=True, default="course.xml")
    language = models.CharField(max_length=255, blank=True, default="")
    location = models.CharField(max_length=255, blank=True, default="")
    year_of_birth = models.IntegerField(null=True, blank=True)
    gender = models.CharField(max_length=6, null=True, blank=True)
    level_of_education = models.CharField(max_length=6, null=True, blank=True)
    mailing_address = models.TextField(null=True, blank=True)
    city = models.TextField(null=True, blank=True)
    country = models.CharField(max_length=2, null=True, blank=True)
    goals = models.TextField(null=True, blank=True)
    may_have_certificate = models.BooleanField(default=True)
    bio = models.CharField(max_length=3000, null=True, blank=True)
    image_uploaded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], name="identity_profile_user", deferrable=AT_COMMIT
            )
        ]

    def __str__(self) -> str:
        return f"profile of {self.user_id}"


class LanguageProficiency(models.Model):
    """A language a person says they speak (legacy `student_languageproficiency`)."""

    id = models.BigAutoField(primary_key=True)
    profile = models.ForeignKey(
        Profile, models.CASCADE, related_name="languages", db_constraint=False
    )
    code = models.CharField(max_length=16)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["code", "profile"],
                name="identity_language_once",
                deferrable=AT_COMMIT,
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} of {self.profile_id}"


class Preference(models.Model):
    """A setting of a user (legacy `user_api_userpreference`): `pref-lang`, `account_privacy`..."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        User, models.CASCADE, related_name="preferences", db_constraint=False, db_index=False
    )
    key = models.CharField(max_length=255)
    value = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "key"], name="identity_preference_once", deferrable=AT_COMMIT
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.user_id}"


class OrgTag(models.Model):
    """What a user answered an organisation (legacy `user_api_userorgtag`): key `email-optin`, True
    or False.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        User, models.CASCADE, related_name="org_tags", db_constraint=False, db_index=False
    )
    org = models.CharField(max_length=255)
    key = models.CharField(max_length=255)
    value = models.TextField()
    created = models.DateTimeField(default=timezone.now)
    modified = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "org", "key"], name="identity_orgtag_once", deferrable=AT_COMMIT
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.user_id} for {self.org}"


class Standing(models.Model):
    """Whether staff closed an account (legacy `student_userstanding`); no row means it is open.

    `status` is `disabled` or `enabled`; the latter is an account that was opened again.
    """

    DISABLED = "disabled"
    ENABLED = "enabled"

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        User, models.CASCADE, related_name="standings", db_constraint=False, db_index=False
    )
    status = models.CharField(max_length=31, blank=True)
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_constraint=False)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], name="identity_standing_user", deferrable=AT_COMMIT
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.status}"


class Activation(models.Model):
    """The key that confirms an account's e-mail address (legacy `auth_registration`).

    Made with the account, mailed again as it is, and kept after it was used.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        User, models.CASCADE, related_name="activations", db_constraint=False, db_index=False
    )
    key = models.CharField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], name="identity_activation_user", deferrable=AT_COMMIT
            ),
            models.UniqueConstraint(
                fields=["key"], name="identity_activation_key", deferrable=AT_COMMIT
            ),
        ]

    def __str__(self) -> str:
        return f"activation of {self.user_id}"


class Pseudonym(models.Model):
    """A name under which others know a user without knowing who it is, 32 hexadecimal digits
    (legacy `student_anonymoususerid`).

    Of one course, or of none where `course_key` is ''. It was worked out once, with whatever secret
    legacy had then, and what others keep is filed under it: the row counts, and is never worked out
    anew. A user may have several for one course.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        User, models.CASCADE, related_name="pseudonyms", db_constraint=False, db_index=False
    )
    course_key = models.CharField(max_length=255, blank=True, default="")
    value = models.CharField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["value"], name="identity_pseudonym_value", deferrable=AT_COMMIT
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "course_key"], name="identity_pseudonym_user")
        ]

    def __str__(self) -> str:
        return f"pseudonym of {self.user_id} in {self.course_key or 'no course'}"


class CourseTag(models.Model):
    """What a course keeps of a user (legacy `user_api_usercoursetag`).

    Key `xblock.partition_service.partition_<id>`: the group of an experiment that chance put the
    user in, as the text of its id.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        User, models.CASCADE, related_name="course_tags", db_constraint=False, db_index=False
    )
    course_key = models.CharField(max_length=255)
    key = models.CharField(max_length=255)
    value = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "course_key", "key"],
                name="identity_coursetag_once",
                deferrable=AT_COMMIT,
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.user_id} in {self.course_key}"
