"""Reads of accounts; each returns values of `data` or raises an error of `errors`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Value
from django.db.models.functions import Upper

from modern.shared.identity import data
from modern.shared.identity.errors import UnknownUser
from modern.shared.identity.models import (
    Activation,
    CourseTag,
    LanguageProficiency,
    OrgTag,
    Preference,
    Profile,
    Pseudonym,
    Standing,
    User,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest
    from rest_framework.request import Request

__all__ = [
    "account",
    "accounts",
    "actor",
    "actor_in",
    "actor_of",
    "course_tag",
    "identity_of",
    "is_disabled",
    "org_tag",
    "preference",
    "preferences",
    "pseudonym",
    "with_activation_key",
    "with_pseudonym",
]

PRIVACY = "account_privacy"


def actor(username: str) -> data.Actor:
    """Return the user of exactly this name; raises UnknownUser."""
    return actor_of(_user(username=username))


def actor_of(user: User) -> data.Actor:
    """Return what decisions need of `user`, with the names of their groups in order."""
    groups = user.groups.order_by("name").values_list("name", flat=True)
    return data.Actor(
        id=user.pk,
        username=user.username,
        is_staff=user.is_staff,
        is_superuser=user.is_superuser,
        is_active=user.is_active,
        groups=tuple(groups),
    )


def actor_in(request: HttpRequest | Request) -> data.Actor | None:
    """Return who asks, None for nobody; their row was read when they were identified."""
    user = request.user
    return actor_of(user) if isinstance(user, User) else None


def identity_of(request: HttpRequest) -> data.Identity | None:
    """Return who asks: as the facade says, else as our own session says; None is nobody."""
    given: data.Identity | None = getattr(request, "identity", None)
    if given is not None or not request.user.is_authenticated:
        return given
    user = request.user
    return data.Identity(user_id=user.pk, username=user.username, via=data.Via.SESSION)


def user_with_standing(username: str) -> tuple[User, bool]:
    """Return the user and whether staff disabled the account, in one query; raises UnknownUser."""
    disabled = Standing.objects.filter(user=OuterRef("pk"), status=Standing.DISABLED)
    found = User.objects.annotate(disabled=Exists(disabled)).filter(username=username).first()
    if found is None:
        raise UnknownUser
    return found, found.disabled


def is_disabled(user_id: int) -> bool:
    """Say whether staff disabled the account."""
    return Standing.objects.filter(user=user_id, status=Standing.DISABLED).exists()


def account(username: str) -> data.Account:
    """Return the account of this name, case ignored as legacy does; raises UnknownUser."""
    found = accounts([username])
    if not found:
        raise UnknownUser
    exact = [one for one in found if one.username == username]
    return (exact or found)[0]


def accounts(usernames: Iterable[str]) -> list[data.Account]:
    """Return the accounts of these names, case ignored, by id; unknown ones are left out."""
    wanted = [Upper(Value(name)) for name in usernames]
    users = _with_everything(User.objects.alias(name=Upper("username")).filter(name__in=wanted))
    return [_account(user) for user in users.order_by("pk")]


def preference(user_id: int, key: str) -> str | None:
    """Return one preference of a user, None where it was never set."""
    return Preference.objects.filter(user=user_id, key=key).values_list("value", flat=True).first()


def preferences(user_id: int) -> dict[str, str]:
    """Return all preferences of a user by key."""
    return dict(Preference.objects.filter(user=user_id).values_list("key", "value"))


def org_tag(user_id: int, *, org: str, key: str) -> str | None:
    """Return what a user answered an organisation, None where they never did."""
    tags = OrgTag.objects.filter(user=user_id, org=org, key=key)
    return tags.values_list("value", flat=True).first()


def course_tag(user_id: int, *, course_key: str, key: str) -> str | None:
    """Return what a course keeps of a user under `key`, None where it keeps nothing."""
    tags = CourseTag.objects.filter(user=user_id, course_key=course_key, key=key)
    return tags.values_list("value", flat=True).first()


def pseudonym(user_id: int, course_key: str = "") -> str | None:
    """Return the user's pseudonym in a course, '' for the one of no course; None without any.

    Of several, the newest: that is the one which the secret of today gave.
    """
    known = Pseudonym.objects.filter(user=user_id, course_key=course_key).order_by("-pk")
    return known.values_list("value", flat=True).first()


def with_pseudonym(value: str) -> data.Actor:
    """Return whose pseudonym this is, be it their newest or not; raises UnknownUser."""
    return actor_of(_user(pk__in=Pseudonym.objects.filter(value=value).values("user")))


def with_activation_key(key: str) -> data.Actor:
    """Return whose address this key confirms, or has confirmed; raises UnknownUser."""
    return actor_of(_user(pk__in=Activation.objects.filter(key=key).values("user")))


def _user(**conditions: object) -> User:
    try:
        return User.objects.get(**conditions)
    except User.DoesNotExist as error:
        raise UnknownUser from error


def _with_everything(users: QuerySet[User]) -> QuerySet[User]:
    languages = LanguageProficiency.objects.order_by("pk")
    profiles = Profile.objects.prefetch_related(Prefetch("languages", queryset=languages))
    privacy = Preference.objects.filter(key=PRIVACY)
    return users.prefetch_related(
        Prefetch("profiles", queryset=profiles),
        Prefetch("preferences", queryset=privacy),
    )


def _account(user: User) -> data.Account:
    return data.Account(
        id=user.pk,
        username=user.username,
        email=user.email,
        first_name=user.first_name,
        last_name=user.last_name,
        is_active=user.is_active,
        is_staff=user.is_staff,
        joined_at=user.date_joined,
        profile=next(map(_profile, user.profiles.all()), None),
        privacy=next((one.value for one in user.preferences.all()), None),
    )


def _profile(row: Profile) -> data.Profile:
    return data.Profile(
        name=row.name,
        year_of_birth=row.year_of_birth,
        gender=row.gender,
        level_of_education=row.level_of_education,
        mailing_address=row.mailing_address,
        city=row.city,
        country=row.country,
        goals=row.goals,
        bio=row.bio,
        image_uploaded_at=row.image_uploaded_at,
        may_have_certificate=row.may_have_certificate,
        languages=tuple(language.code for language in row.languages.all()),
    )
