"""The rollout rule: which actors does modern serve? Pure, and the only place that says so.

The precedence, highest first: everyone, users, groups, courses, orgs, percent. `everyone=False`
switches all others off. The percentage is of users, by HMAC of the user id with the flag's salt:
the same answer on every device, no cookie to lose or to forge, and lowering it removes those who
came last. (django-waffle draws anew per browser.)
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Self

from flags.access import Access
from flags.course_keys import organisation
from flags.errors import BadRollout

if TYPE_CHECKING:
    from flags.actor import Actor

__all__ = ["BUCKETS", "Reason", "Rollout", "Stage", "bucket"]

BUCKETS = 10_000
"""One bucket is one basis point, a hundredth of a percent."""


class Reason(StrEnum):
    """Why a rollout says modern or legacy, or cannot say."""

    included: bool | None
    """True for modern, False for legacy, None where the rule cannot say."""

    # An Enum hashes by a Python method; these are keys of the facade's hot path.
    __hash__ = str.__hash__

    EVERYONE = "everyone", True
    USERS = "users", True
    GROUPS = "groups", True
    COURSES = "courses", True
    ORGS = "orgs", True
    PERCENT = "percent", True
    OFF = "off", False
    READS_ONLY = "reads-only", False
    NOT_INCLUDED = "not-included", False
    UNDECIDABLE = "undecidable", None

    def __new__(cls, value: str, included: bool | None) -> Self:  # noqa: FBT001 (how an enum's members are made)
        """Keep the verdict as an attribute: every decision reads it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.included = included
        return member


class Stage(StrEnum):
    """A name for the state of a rollout, for people; nothing is decided by it."""

    LEGACY = "legacy"
    SHADOW = "shadow"
    CANARY = "canary"
    MODERN = "modern"


@lru_cache(maxsize=262_144)
def bucket(salt: str, user_id: int) -> int:
    """Give the bucket of a user, 0 to 9999, the same for ever: HMAC-SHA256 of the decimal id, by
    the flag's salt.
    """
    mac = hmac.digest(salt.encode(), b"%d" % user_id, "sha256")
    # Of 2**64 values the modulus favours none by more than 6e-16.
    return int.from_bytes(mac[:8], "big") % BUCKETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """Which actors modern serves for one capability; `percent` and `shadow` are in basis points, 0
    to 10,000.
    """

    capability: str
    everyone: bool | None = None
    users: frozenset[int] = frozenset()
    groups: frozenset[str] = frozenset()
    courses: frozenset[str] = frozenset()
    orgs: frozenset[str] = frozenset()
    percent: int = 0
    reads_only: bool = False
    shadow: int = 0
    salt: str = ""

    needs_actor: bool = field(init=False, repr=False, compare=False, default=False)
    needs_course: bool = field(init=False, repr=False, compare=False, default=False)

    def __post_init__(self) -> None:
        """Refuse a percentage out of range, and one without a salt; work out what a decision
        needs.
        """
        for name in ("percent", "shadow"):
            if not 0 <= getattr(self, name) <= BUCKETS:
                raise BadRollout(
                    f"{name} must be from 0 to 100 percent (0 to {BUCKETS} basis points)"
                )
        if self.percent and not self.salt:
            raise BadRollout(
                "salt is missing: a percentage needs one, or all flags choose the same users"
            )
        by_actor = bool(self.users or self.groups or self.percent)
        by_course = bool(self.courses or self.orgs)
        object.__setattr__(self, "needs_actor", self.everyone is None and by_actor)
        object.__setattr__(self, "needs_course", self.everyone is None and by_course)

    @property
    def stage(self) -> Stage:
        """Name the state: modern is everyone, reads and writes; a kill (`everyone=False`) is
        legacy.
        """
        if self.everyone is False:
            return Stage.LEGACY
        if self.everyone and not self.reads_only:
            return Stage.MODERN
        if self.everyone or self.needs_actor or self.needs_course:
            return Stage.CANARY
        return Stage.SHADOW if self.shadow else Stage.LEGACY

    def reason(self, actor: Actor, course_key: str | None, access: Access) -> Reason:
        """Say who serves the request and why; `course_key` is canonical, or None where the request
        names no course.

        UNDECIDABLE: the rule asks for the user, somebody is logged in, and their id could not be
        looked up. Whoever routes then serves reads from legacy and refuses writes, as a guess could
        put them on the other side.
        """
        if self.everyone is False:
            return Reason.OFF
        if self.reads_only and access is Access.WRITES:
            return Reason.READS_ONLY
        if self.everyone:
            return Reason.EVERYONE
        named = self._by_name(actor) if actor.user_id is not None else None
        return named or self._by_course(course_key) or self._by_percent(actor)

    def includes(self, actor: Actor, course_key: str | None, access: Access) -> bool:
        """Say whether modern serves the request; an undecidable one is not included."""
        return self.reason(actor, course_key, access).included is True

    def _by_name(self, actor: Actor) -> Reason | None:
        if actor.user_id in self.users:
            return Reason.USERS
        if self.groups and not self.groups.isdisjoint(actor.groups):
            return Reason.GROUPS
        return None

    def _by_course(self, course_key: str | None) -> Reason | None:
        if course_key is None or not self.needs_course:
            return None
        if course_key in self.courses:
            return Reason.COURSES
        if self.orgs and organisation(course_key) in self.orgs:
            return Reason.ORGS
        return None

    def _by_percent(self, actor: Actor) -> Reason:
        if actor.user_id is None:
            unresolved = self.needs_actor and actor.is_unresolved
            return Reason.UNDECIDABLE if unresolved else Reason.NOT_INCLUDED
        if self.percent and bucket(self.salt, actor.user_id) < self.percent:
            return Reason.PERCENT
        return Reason.NOT_INCLUDED
