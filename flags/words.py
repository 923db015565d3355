"""Rollouts in words, for the command line and the admin. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from flags.capabilities import partners
from flags.rollout import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flags.rollout import Rollout

__all__ = ["PRECEDENCE", "parted", "percent", "summary"]

PRECEDENCE = "everyone > users > groups > courses > orgs > percent"
"""Which part of a rollout is asked first; "off" for everyone stands above all."""


def percent(basis_points: int) -> str:
    """Write basis points as a percentage: `5 %`, `0.25 %`."""
    return f"{basis_points / 100:g} %"


def summary(rollout: Rollout) -> str:
    """Say in one line whom modern serves, in the order of precedence."""
    if rollout.everyone is False:
        return "off for everyone"
    parts = list(_parts(rollout)) or ["nobody"]
    if rollout.reads_only:
        parts.append("reads only")
    if rollout.shadow:
        parts.append(f"shadow {percent(rollout.shadow)}")
    return ", ".join(parts)


def parted(rollout: Rollout, others: Mapping[str, Rollout]) -> Iterator[str]:
    """Warn of capabilities that must flip together with this one and are rolled out to others.

    Reads alone may part: the old tables stay the source.
    """
    serving: dict[str, list[str]] = defaultdict(list)
    for partner in partners(rollout.capability):
        if _is_parted(rollout, others[partner.name]):
            serving[summary(others[partner.name])].append(partner.name)
    for whom, names in serving.items():
        yield f"flip together: {', '.join(names)} (modern serves {whom})"


def _is_parted(one: Rollout, other: Rollout) -> bool:
    if one.reads_only or _cohort(one) == _cohort(other):
        return False
    return not (one.stage is Stage.LEGACY and other.stage is Stage.LEGACY)


def _parts(rollout: Rollout) -> Iterator[str]:
    if rollout.everyone:
        yield "everyone"
        return
    if rollout.users:
        yield _counted(len(rollout.users), "user")
    for kind in ("groups", "courses", "orgs"):
        if members := getattr(rollout, kind):
            few = len(members) <= 3
            yield f"{kind} {' '.join(sorted(members))}" if few else f"{len(members)} {kind}"
    if rollout.percent:
        yield f"{percent(rollout.percent)} of users"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _cohort(rollout: Rollout) -> tuple[object, ...]:
    """What decides who is served; percentages of different salts choose different users."""
    salt = rollout.salt if rollout.percent else ""
    sets = (rollout.users, rollout.groups, rollout.courses, rollout.orgs)
    return (rollout.everyone, *sets, rollout.percent, salt, rollout.reads_only)
