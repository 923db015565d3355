"""Who serves a request: pure, from the route's access, the rollout, the actor and the health of
modern.

The rollout rule itself is `flags.rollout`; this module adds what a facade knows: that modern may be
down, and that who asks may be unknown. Reads then go to legacy. Writes never do: two writers would
diverge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from flags.access import Access
from flags.actor import Actor

if TYPE_CHECKING:
    from flags.rollout import Rollout

UNROUTED: Final = "unrouted"
"""Stands for the capability of paths that no route knows; legacy serves them, if only its 404 page.
"""
NO_CAPABILITY: Final = "none"
FALL_BACKS: Final = frozenset(("actor-unknown", "modern-down"))
"""Reasons for which legacy answers what is rolled out."""


class Upstream(StrEnum):
    """Who answers; `none` is the facade itself."""

    LEGACY = "legacy"
    MODERN = "modern"
    NONE = "none"

    # An Enum hashes by a Python method; these are keys of the hot path.
    __hash__ = str.__hash__


# Looking a member up in its class takes longer than comparing it.
_LEGACY: Final = Upstream.LEGACY
_MODERN: Final = Upstream.MODERN


@dataclass(frozen=True, slots=True)
class Decision:
    """What one request gets, and why; `receipt` is the header line that says so to the client,
    `log_fields` the part of a log line that says so to operators.
    """

    capability: str
    upstream: Upstream
    epoch: int
    reason: str
    receipt: bytes = field(init=False, repr=False, compare=False)
    log_fields: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Write both texts once; decisions are few and shared by all requests that get them."""
        text = f"X-Bridge-Decision: {self.capability};{self.upstream};{self.epoch};{self.reason}"
        object.__setattr__(self, "receipt", text.encode("ascii"))
        fields = (
            f'"capability":"{self.capability}","upstream":"{self.upstream}",'
            f'"reason":"{self.reason}","epoch":{self.epoch}'
        )
        object.__setattr__(self, "log_fields", fields)


@lru_cache(maxsize=1024)
def decision(capability: str, upstream: Upstream, epoch: int, reason: str) -> Decision:
    """Return the one Decision of these values."""
    return Decision(capability, upstream, epoch, reason)


class Conditions(NamedTuple):
    """What besides the request bears on a decision: the epoch of the rollouts, and whether modern
    is asked at all. A tuple, as each request makes one.
    """

    epoch: int
    modern_up: bool


def decide(
    access: Access,
    rollout: Rollout,
    actor: Actor | None,
    *,
    course_key: str | None,
    now: Conditions,
) -> Decision:
    """Say who serves a request; `actor` is None when somebody asks whom legacy could not name just
    now.
    """
    reason = rollout.reason(actor or _UNNAMED, course_key, access)
    name, epoch = rollout.capability, now.epoch
    if reason.included is False:
        return decision(name, _LEGACY, epoch, reason)
    if actor is None or reason.included is None or actor.is_unresolved:
        # Modern refuses a user it does not know, and one that is new on legacy is not there yet.
        return _unless_write(access, name, epoch, "actor-unknown")
    if now.modern_up:
        return decision(name, _MODERN, epoch, reason)
    return _unless_write(access, name, epoch, "modern-down")


def needs_actor(access: Access, rollout: Rollout) -> bool:
    """Say whether it matters who asks: modern has to be told whenever it may serve the request."""
    if rollout.everyone is False or (rollout.reads_only and access is Access.WRITES):
        return False
    return bool(rollout.everyone) or rollout.needs_actor or rollout.needs_course


def decide_native(capability: str, now: Conditions) -> Decision:
    """Say who serves a path that only modern has: nobody else can."""
    if now.modern_up:
        return decision(capability, Upstream.MODERN, now.epoch, "native")
    return decision(capability, Upstream.NONE, now.epoch, "modern-down")


def decide_unrouted(now: Conditions) -> Decision:
    """Send a path without a route to legacy, which answered all paths before."""
    return decision(UNROUTED, Upstream.LEGACY, now.epoch, "no-route")


def decide_not_built(capability: str, now: Conditions) -> Decision:
    """Send what modern does not serve to legacy, whatever the rollout says."""
    return decision(capability, Upstream.LEGACY, now.epoch, "not-built")


def decide_refused(capability: str, now: Conditions) -> Decision:
    """Send a token that legacy refuses to legacy: phones refresh theirs by the words of its 401."""
    return decision(capability, Upstream.LEGACY, now.epoch, "credential-refused")


def after_failure(failed: Decision, access: Access, *, replayable: bool) -> Decision:
    """Say who answers when an upstream failed before its first byte; `replayable` is a safe request
    without body.
    """
    if failed.upstream is Upstream.MODERN:
        if replayable and failed.reason != "native":
            return _unless_write(access, failed.capability, failed.epoch, "modern-down")
        return decision(failed.capability, Upstream.NONE, failed.epoch, "modern-down")
    return decision(failed.capability, Upstream.NONE, failed.epoch, "legacy-down")


def without_legacy(chosen: Decision) -> Decision:
    """Fall back to nobody where a path is modern's own: legacy would say that there is no such
    thing.
    """
    if chosen.upstream is not _LEGACY or chosen.reason not in FALL_BACKS:
        return chosen
    return decision(chosen.capability, Upstream.NONE, chosen.epoch, str(chosen.reason))


def _unless_write(access: Access, capability: str, epoch: int, reason: str) -> Decision:
    upstream = Upstream.LEGACY if access is Access.READS else Upstream.NONE
    return decision(capability, upstream, epoch, reason)


_UNNAMED: Final = Actor(username="?")
"""Asks the rollout what it would say of somebody without an id; it is never sent anywhere."""
