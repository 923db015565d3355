"""The tables of the flags: what is rolled out now, how it came to be so, and the number of the last
change.

`Flag` is django-waffle's flag model here, so waffle's API and its users keep working, but it
decides by `flags.rollout` alone: waffle's percentage is drawn anew per browser, its cookies can be
forged, and a lost cache flush keeps a killed flag on. Hence no cookie, no cache, and none of
waffle's other switches.
"""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from waffle.models import AbstractUserFlag

from flags.access import Access
from flags.callers import access_of, actor_of, course_of
from flags.capabilities import CAPABILITIES, capability
from flags.course_keys import course_key
from flags.errors import HistoryIsFinal, UnknownCapability
from flags.rollout import Rollout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

__all__ = ["Epoch", "Flag", "FlagChange", "new_salt"]

_PERCENT = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]


def new_salt() -> str:
    """Draw what makes the cohort of a flag its own: 128 random bits in hex."""
    return secrets.token_hex(16)


def _is_capability(name: str) -> None:
    try:
        capability(name)
    except UnknownCapability as error:
        raise ValidationError(str(error)) from error


# Without the value: ArrayField formats a message once more, and a "%" of a user breaks that.
def _is_course_key(text: str) -> None:
    if course_key(text) != text:
        raise ValidationError("not a course key: write Org/Num/Run or course-v1:Org+Num+Run")


def _is_organisation(text: str) -> None:
    if not text or set(text) & set("+/ "):
        raise ValidationError("not an organisation: that is the first part of a course key")


class Flag(AbstractUserFlag):
    """The rollout of one capability; `percent` and `shadow` are percentages with two decimals.

    Change it through `flags.store.flip` or the admin: whatever changes a row makes a new epoch.
    """

    name = models.CharField("capability", max_length=100, unique=True, validators=[_is_capability])
    everyone = models.BooleanField(
        null=True,
        blank=True,
        help_text="Yes: modern for all. No: legacy for all, whatever stands below.",
    )
    users: Any = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        db_constraint=False,
        help_text="Modern for these users.",
    )
    groups: Any = models.ManyToManyField(
        Group, blank=True, db_constraint=False, help_text="Modern for members of these groups."
    )
    courses = ArrayField(
        models.CharField(max_length=255, validators=[_is_course_key]),
        default=list,
        blank=True,
        help_text="Modern for requests that name one of these courses; separated by commas.",
    )
    orgs = ArrayField(
        models.CharField(max_length=255, validators=[_is_organisation]),
        default=list,
        blank=True,
        help_text="The same for all courses of these organisations; separated by commas.",
    )
    percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=_PERCENT,
        help_text=(
            "Modern for this share of users, always the same ones; lowering it removes the last."
        ),
    )
    reads_only = models.BooleanField(default=False, help_text="Writes stay on legacy.")
    shadow = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=_PERCENT,
        help_text="Share of legacy's answered reads that modern is asked too, for comparison.",
    )
    salt = models.CharField(max_length=64, default=new_salt, editable=False)

    # waffle's other switches; they would be a second rule. Without a column they cannot be set.
    testing: Any = None
    superusers: Any = None
    staff: Any = None
    authenticated: Any = None
    languages: Any = None
    rollout: Any = None

    objects: ClassVar[models.Manager[Flag]] = models.Manager()  # type: ignore[assignment]  # no cache

    class Meta(AbstractUserFlag.Meta):
        abstract = False
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(percent__isnull=True) | models.Q(percent__range=(0, 100)),
                name="flags_flag_percent_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(shadow__range=(0, 100)), name="flags_flag_shadow_in_range"
            ),
        ]

    @classmethod
    def get(cls, name: str) -> Flag:
        """Give the row, or an unsaved one that is off, as waffle does; never from a cache."""
        return cls.objects.filter(name=name).first() or cls(name=name)

    @classmethod
    def get_all(cls) -> list[Flag]:
        """Give all rows; never from a cache."""
        return list(cls.objects.order_by("name"))

    def flush(self) -> None:
        """Do nothing: there is no cache to flush, and waffle calls this after every save."""

    def to_rollout(self, members: tuple[Iterable[int], Iterable[str]] | None = None) -> Rollout:
        """Give the rollout of this row; `members` are its user ids and group names, if already
        read.
        """
        users, groups = members or self._members()
        return Rollout(
            capability=self.name,
            everyone=self.everyone,
            users=frozenset(users),
            groups=frozenset(groups),
            courses=frozenset(self.courses),
            orgs=frozenset(self.orgs),
            percent=_basis_points(self.percent),
            reads_only=self.reads_only,
            shadow=_basis_points(self.shadow),
            salt=self.salt,
        )

    # waffle's signature: it passes read_only, which matters to its cookies alone.
    def is_active(
        self,
        request: HttpRequest,
        read_only: bool = False,  # noqa: ARG002, FBT001, FBT002
    ) -> bool:
        """Say whether the rollout includes this request, by its user, its method and its URL.

        The facade knows more: what modern does not serve, a GET that writes, a course in the body.
        """
        actor = actor_of(getattr(request, "user", None))
        return self._includes(actor, course_of(request), access_of(request))

    def is_active_for_user(self, user: Any) -> bool:
        """Say whether modern serves the reads of this user, outside of any course."""
        return self._includes(actor_of(user), None, Access.READS)

    def _includes(self, *request: Any) -> bool:
        return self.name in CAPABILITIES and self.to_rollout().includes(*request)

    def _members(self) -> tuple[Iterable[int], Iterable[str]]:
        if self._state.adding:
            return (), ()
        return self.users.values_list("pk", flat=True), self.groups.values_list("name", flat=True)


def _basis_points(percent: Decimal | None) -> int:
    """Turn a percentage with two decimals into basis points; None is none."""
    return int((percent or Decimal(0)) * 100)


class _AppendOnly(models.QuerySet["FlagChange"]):
    """Rows that can be read and added."""

    def update(self, **_: Any) -> NoReturn:
        """Refuse."""
        raise HistoryIsFinal

    def delete(self) -> NoReturn:
        """Refuse."""
        raise HistoryIsFinal


class FlagChange(models.Model):
    """One capability in one flip: who, when, why, and its rollout before and after, in the
    snapshot's JSON.

    Append-only; a trigger in the database holds against UPDATE and DELETE in raw SQL too. Several
    rows of one epoch changed together.
    """

    epoch = models.PositiveBigIntegerField(db_index=True)
    capability = models.CharField(max_length=100, db_index=True)
    at = models.DateTimeField(default=timezone.now)
    who = models.CharField(max_length=150)
    why = models.TextField()
    before = models.JSONField()
    after = models.JSONField()

    objects = _AppendOnly.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "flip"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["epoch", "capability"], name="flags_flagchange_once_an_epoch"
            )
        ]

    def __str__(self) -> str:
        return f"{self.capability} in epoch {self.epoch}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; `HistoryIsFinal` if it is there already."""
        if not self._state.adding:
            raise HistoryIsFinal
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse."""
        raise HistoryIsFinal


class Epoch(models.Model):
    """The number of the last change, in one row: whoever changes or publishes flags locks it
    first.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="flags_epoch_one_row")
        ]

    def __str__(self) -> str:
        return str(self.number)
