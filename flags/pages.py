"""`flags list`, `show`, `history` and `publish`: ask the store, print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from flags.built import share
from flags.callers import usernames
from flags.capabilities import CAPABILITIES, capability
from flags.errors import FlagsError
from flags.models import FlagChange
from flags.printing import colored, facts, line, table, warn
from flags.routes import of_capability
from flags.routes_page import COLUMNS, cells
from flags.snapshot import from_json
from flags.store import Author, current, settle
from flags.store import publish as publish_now
from flags.words import PRECEDENCE, parted, percent, summary

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from flags.capability import Capability
    from flags.rollout import Rollout

__all__ = ["history", "list_all", "publish", "show"]

_NAMES_SHOWN = 20
_FLIPS_SHOWN = 5


def list_all(_: argparse.Namespace) -> None:
    """Print one line per capability, in the order of the waves."""
    snapshot, last = current(), _last_flips()
    rows = (
        (
            str(each.wave),
            each.name,
            colored(snapshot.rollout(each.name).stage),
            escape(summary(snapshot.rollout(each.name))),
            share(each.name),
            escape(_when(last[each.name])) if each.name in last else "",
        )
        for each in CAPABILITIES.values()
    )
    table(("wave", "capability", "stage", "modern serves", "built", "last flip"), rows)
    line(f"epoch {snapshot.epoch}")


def show(arguments: argparse.Namespace) -> None:
    """Print everything about one capability."""
    declared = capability(arguments.capability)
    snapshot = current()
    rollout = snapshot.rollout(declared.name)
    line(f"[bold]{declared.name}[/]  {colored(rollout.stage)}, epoch {snapshot.epoch}")
    facts([*_rollout_rows(rollout), *_declared_rows(declared)])
    for warning in parted(rollout, snapshot.rollouts):
        warn(warning)
    line()
    _print_history(FlagChange.objects.filter(capability=declared.name)[:_FLIPS_SHOWN])
    line()
    table(COLUMNS, ([escape(cell) for cell in row] for row in cells(of_capability(declared.name))))


def history(arguments: argparse.Namespace) -> None:
    """Print the flips, the newest first."""
    flips = FlagChange.objects.all()
    if arguments.capability:
        flips = flips.filter(capability=capability(arguments.capability).name)
    _print_history(flips[: arguments.limit])


def publish(arguments: argparse.Namespace) -> None:
    """Record what rows say that no flip said, and publish the snapshot once more."""
    author = Author(arguments.who, "recorded by `flags publish`: rows were changed by hand")
    published = settle(author) or publish_now()
    for problem in published.problems:
        warn(problem)
    if len(published.problems) > 1:
        raise FlagsError("the snapshot went nowhere: mend one of the two and publish again")
    line(f"epoch {published.epoch} published; {published.listening} facade workers listen")


def _last_flips() -> dict[str, FlagChange]:
    last = FlagChange.objects.order_by("capability", "-id").distinct("capability")
    return {change.capability: change for change in last}


def _when(change: FlagChange) -> str:
    return f"{change.at:%Y-%m-%d %H:%M} {change.who}: {change.why}"


def _print_history(flips: Iterable[FlagChange]) -> None:
    rows = (
        (
            str(flip.epoch),
            f"{flip.at:%Y-%m-%d %H:%M:%S}",
            escape(flip.who),
            flip.capability,
            escape(summary(from_json(flip.capability, flip.before))),
            escape(summary(from_json(flip.capability, flip.after))),
            escape(flip.why),
        )
        for flip in flips
    )
    table(("epoch", "at (UTC)", "who", "capability", "before", "after", "why"), rows)


def _rollout_rows(rollout: Rollout) -> Iterator[tuple[str, str]]:
    everyone = {None: "no", True: "yes", False: "no, and nobody else"}
    yield "everyone", everyone[rollout.everyone]
    yield "users", escape(_named(rollout.users))
    for kind in ("groups", "courses", "orgs"):
        yield kind, escape(" ".join(sorted(getattr(rollout, kind)))) or "none"
    yield "percent", percent(rollout.percent)
    yield "reads only", "yes: writes stay on legacy" if rollout.reads_only else "no"
    yield "shadow", percent(rollout.shadow)
    yield "precedence", PRECEDENCE


def _named(users: frozenset[int]) -> str:
    shown = sorted(users)[:_NAMES_SHOWN]
    names = usernames(shown)
    words = [names.get(user, f"id {user}") for user in shown]
    if len(users) > len(shown):
        words.append(f"and {len(users) - len(shown)} more")
    return " ".join(words) or "none"


def _declared_rows(declared: Capability) -> Iterator[tuple[str, str]]:
    yield "built", share(declared.name)
    yield "wave", str(declared.wave)
    yield "by course", declared.course_scoped
    yield "reads", ", ".join(declared.reads) or "nothing"
    yield "writes", ", ".join(declared.writes) or "nothing"
    yield "must flip with", ", ".join(declared.must_flip_with) or "nothing"
    yield "may flip before", ", ".join(declared.may_flip_before) or "nothing"
    yield "needs", declared.needs
    yield "checks", declared.checks
    yield "note", declared.note
