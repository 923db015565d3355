"""A Django request in the words of the rollout rule: actor, course, access; and names turned into
ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from flags.access import SAFE_METHODS, Access
from flags.actor import ANONYMOUS, Actor
from flags.course_keys import course_key
from flags.errors import UnknownMember

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from django.http import HttpRequest

__all__ = ["access_of", "actor_of", "course_of", "known_groups", "user_ids", "usernames"]

_COURSE_NAMES = ("course_id", "course_key", "course_key_string", "usage_key", "usage_id")


def actor_of(user: Any) -> Actor:
    """Give the actor that a Django user is; anyone without an id is anonymous."""
    if user is None or not user.is_authenticated:
        return ANONYMOUS
    return Actor(
        user_id=user.pk,
        username=user.get_username(),
        groups=frozenset(user.groups.values_list("name", flat=True)),
        is_staff=user.is_staff,
        is_superuser=user.is_superuser,
    )


def access_of(request: HttpRequest) -> Access:
    """Say by the method whether the request reads or writes."""
    return Access.READS if request.method in SAFE_METHODS else Access.WRITES


def course_of(request: HttpRequest) -> str | None:
    """Give the canonical course key that the URL names, in its path or in its query."""
    in_path = request.resolver_match.kwargs if request.resolver_match else {}
    for source in (in_path, request.GET):
        for name in _COURSE_NAMES:
            if (text := source.get(name)) and (key := course_key(str(text))):
                return key
    return None


def user_ids(names: Collection[str]) -> frozenset[int]:
    """Give the ids of these users; `UnknownMember` names those that do not exist."""
    users = get_user_model()
    found = users.objects.filter(**{f"{users.USERNAME_FIELD}__in": names})
    ids = {user.get_username(): user.pk for user in found}
    if unknown := set(names) - set(ids):
        raise UnknownMember("user", unknown)
    return frozenset(ids.values())


def usernames(ids: Collection[int]) -> Mapping[int, str]:
    """Give the names of those of these users that exist, by id, in the order of their ids."""
    found = get_user_model().objects.filter(pk__in=ids).order_by("pk")
    return {user.pk: user.get_username() for user in found}


def known_groups(names: Collection[str]) -> frozenset[str]:
    """Give these names if all are groups; `UnknownMember` names those that are not."""
    found = frozenset(Group.objects.filter(name__in=names).values_list("name", flat=True))
    if unknown := set(names) - found:
        raise UnknownMember("group", unknown)
    return found
