"""What modern serves of a capability, and the rule that hangs on it: nothing is flipped to a modern
that serves nothing of it. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flags.errors import NotBuilt
from flags.rollout import Stage
from flags.routes import of_capability

if TYPE_CHECKING:
    from flags.rollout import Rollout
    from flags.route import Route

__all__ = ["check_built", "is_on", "share", "staying"]


def is_on(rollout: Rollout) -> bool:
    """Say whether modern is asked for anything at all: by a rollout to somebody, or a shadow."""
    return rollout.stage is not Stage.LEGACY or rollout.shadow > 0


def check_built(rollout: Rollout) -> None:
    """Raise `NotBuilt` for a rollout that is on while modern serves no route of its capability."""
    if is_on(rollout) and not _built(rollout.capability):
        raise NotBuilt(rollout.capability)


def share(name: str) -> str:
    """Say how many routes of a capability modern serves, if only their reads: `2 of 17 routes`."""
    return f"{len(_built(name))} of {len(of_capability(name))} routes"


def staying(name: str) -> str:
    """Say how many routes stay on legacy whatever the rollout says; empty if none does."""
    routes = of_capability(name)
    whole = sum(not _is_built(route) for route in routes)
    partly = sum(not route.accesses <= route.built for route in routes) - whole
    if not whole and not partly:
        return ""
    rest = f", and {partly} more in part" if partly else ""
    return (
        f"legacy keeps {whole} of {len(routes)} routes{rest}, as modern does not serve them"
        f" (see `flags routes {name}`)"
    )


def _built(name: str) -> list[Route]:
    return [route for route in of_capability(name) if _is_built(route)]


def _is_built(route: Route) -> bool:
    return bool(route.accesses & route.built)
