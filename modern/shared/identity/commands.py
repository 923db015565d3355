"""Writes of accounts and sessions; each is one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import authenticate, login, logout
from django.db import transaction

from modern.shared.identity.errors import AccountDisabled, UnknownUser, WrongCredentials
from modern.shared.identity.models import OrgTag, User
from modern.shared.identity.queries import actor_of, is_disabled

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from modern.shared.identity.data import Actor

__all__ = ["save_org_tag", "sign_in", "sign_out"]


def sign_in(request: HttpRequest, *, name: str, password: str) -> Actor:
    """Start a session for the account of this user name or e-mail address.

    Raises WrongCredentials, the same for an unknown name, a wrong password and an unconfirmed
    address, and takes as long for each; AccountDisabled only to who knows the password.
    """
    user = authenticate(request, username=_username(name), password=password)
    if not isinstance(user, User):
        raise WrongCredentials
    if is_disabled(user.pk):
        raise AccountDisabled
    login(request, user)
    return actor_of(user)


def sign_out(request: HttpRequest) -> None:
    """End the session of this request, if there is one."""
    logout(request)


def save_org_tag(user_id: int, *, org: str, key: str, value: str, now: datetime) -> None:
    """Keep what a user answered an organisation; raises UnknownUser.

    The user's row is locked, as the unique constraint speaks up at commit only.
    """
    with transaction.atomic():
        if not User.objects.select_for_update().filter(pk=user_id).exists():
            raise UnknownUser
        OrgTag.objects.update_or_create(
            user_id=user_id,
            org=org,
            key=key,
            defaults={"value": value, "modified": now},
            create_defaults={"value": value, "created": now, "modified": now},
        )


def _username(name: str) -> str:
    """Return the user name of an e-mail address that one account has, else what was given."""
    if User.objects.filter(username=name).exists():
        return name
    owners = User.objects.filter(email__iexact=name).values_list("username", flat=True)[:2]
    return owners[0] if len(owners) == 1 else name
