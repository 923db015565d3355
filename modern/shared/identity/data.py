"""What leaves the identity app: values without behaviour, times in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Account", "Actor", "Identity", "Profile", "Via"]


class Via(StrEnum):
    """By which credential a person came; only a session is sent by browsers on their own, so needs
    CSRF checks.
    """

    SESSION = "session"
    BEARER = "bearer"
    JWT = "jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who asks in this request, and by which credential."""

    user_id: int
    username: str
    via: Via


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A user as decisions need them; `is_active` is false until the e-mail address is confirmed."""

    id: int
    username: str
    is_staff: bool
    is_superuser: bool
    is_active: bool
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a person says about themselves; None and '' are kept apart as they are stored."""

    name: str
    year_of_birth: int | None
    gender: str | None
    level_of_education: str | None
    mailing_address: str | None
    city: str | None
    country: str | None
    goals: str | None
    bio: str | None
    image_uploaded_at: datetime | None
    may_have_certificate: bool
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account with its profile; some accounts never had one. `privacy` is None where nothing was
    chosen.
    """

    id: int
    username: str
    email: str
    first_name: str
    last_name: str
    is_active: bool
    is_staff: bool
    joined_at: datetime
    profile: Profile | None
    privacy: str | None
