"""`flags flip`: turn options into a change of rollout, make it, say who heard of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import redis
from django.conf import settings
from rich.markup import escape

from flags.broadcast import wait_for_workers
from flags.built import check_built, is_on, staying
from flags.callers import known_groups, user_ids
from flags.capabilities import capability
from flags.course_keys import course_key, organisation
from flags.errors import BadRequest, BadRollout, FlagsError
from flags.printing import line, warn
from flags.rollout import Rollout
from flags.store import current
from flags.store import flip as flip_now
from flags.words import parted, summary

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping

    from flags.store import Published

    Change = Callable[[Rollout], Rollout]

__all__ = ["flip"]

_ANY_SALT = "any"  # a percentage needs one; the flag's own takes its place
_WHOM = ("percent", "users", "groups", "courses", "orgs", "shadow")


def flip(arguments: argparse.Namespace) -> None:
    """Flip, wait for the workers and print what they did; with --dry-run only print what would
    change.
    """
    name = capability(arguments.capability).name
    change = _change(arguments)
    snapshot = current()
    before = snapshot.rollout(name)
    wanted = change(before)
    check_built(wanted)
    if arguments.dry_run:
        _print_change(before, wanted)
        line("nothing was changed (--dry-run)")
    else:
        flipped = flip_now(name, change, who=arguments.who, why=arguments.why)
        _print_change(flipped.before, flipped.after)
        if flipped.before == flipped.after:
            line(f"nothing to change; epoch {flipped.epoch} stays, and is published once more")
        _print_published(flipped.published, arguments.wait)
    for warning in _warnings(wanted, snapshot.rollouts):
        warn(warning)


def _warnings(wanted: Rollout, others: Mapping[str, Rollout]) -> Iterator[str]:
    if is_on(wanted) and (stays := staying(wanted.capability)):
        yield stays
    yield from parted(wanted, others)


def _change(arguments: argparse.Namespace) -> Change:
    """Give the change that the options ask for; everything that can be wrong in them is found
    here.
    """
    exact = [name for name in _WHOM if getattr(arguments, name) is not None]
    some = arguments.add_users or arguments.remove_users
    asked = [*exact, *(name for name in ("everyone", "off") if getattr(arguments, name))]
    if some:
        if asked:
            raise BadRequest(f"--add-users and --remove-users go without --{asked[0]}")
        return _change_of_users(arguments)
    if not asked:
        raise BadRequest("say for whom: --everyone, --percent, --users, --groups, ... or --off")
    for alone in ("off", "everyone"):
        others = [name for name in asked if name not in (alone, "shadow")]
        if getattr(arguments, alone) and others:
            raise BadRequest(f"--{alone} goes without --{others[0]}")
    return _exactly(arguments)


def _change_of_users(arguments: argparse.Namespace) -> Change:
    more = user_ids(arguments.add_users or ())
    less = user_ids(arguments.remove_users or ())
    return lambda now: replace(
        now, users=(now.users | more) - less, reads_only=now.reads_only or arguments.reads_only
    )


def _exactly(arguments: argparse.Namespace) -> Change:
    wanted = Rollout(
        capability=arguments.capability,
        everyone=True if arguments.everyone else None,
        users=user_ids(arguments.users or ()),
        groups=known_groups(arguments.groups or ()),
        courses=frozenset(map(_course, arguments.courses or ())),
        orgs=frozenset(map(_organisation, arguments.orgs or ())),
        percent=_basis_points("percent", arguments.percent),
        shadow=_basis_points("shadow", arguments.shadow),
        reads_only=arguments.reads_only,
        salt=_ANY_SALT,
    )
    return lambda now: replace(wanted, salt=now.salt)


def _basis_points(option: str, text: str | None) -> int:
    try:
        value = Decimal(text or 0) * 100
    except InvalidOperation:
        value = Decimal("NaN")
    if not (value.is_finite() and value == value.to_integral_value() and 0 <= value <= 10_000):
        raise BadRollout(f"--{option} {text} is no percentage: give 0 to 100 with two decimals")
    return int(value)


def _course(text: str) -> str:
    key = course_key(text)
    if key is None:
        raise BadRollout(f"{text} is no course key: write course-v1:Org+Num+Run or Org/Num/Run")
    return key


def _organisation(text: str) -> str:
    key = course_key(f"course-v1:{text}+any+run")
    if key is None or organisation(key) != text:
        raise BadRollout(f"{text} is no organisation: give the first part of its course keys")
    return text


def _print_change(before: Rollout, after: Rollout) -> None:
    line(f"[bold]{after.capability}[/]: {escape(summary(before))} -> {escape(summary(after))}")


def _print_published(published: Published, seconds: float) -> None:
    for problem in published.problems:
        warn(problem)
    if len(published.problems) > 1:
        raise FlagsError(
            "the flip is recorded, but its snapshot went nowhere and no worker knows:"
            " mend one of the two and flip again"
        )
    line(f"epoch {published.epoch}: {_heard(published, seconds)}")


def _heard(published: Published, seconds: float) -> str:
    if not published.listening:
        return "no facade worker is listening"
    try:
        acknowledged = wait_for_workers(
            settings.REDIS_URL, published.epoch, listening=published.listening, seconds=seconds
        )
    except redis.RedisError as error:
        return f"Redis went away before the workers answered ({error})"
    return (
        f"{acknowledged.workers}/{acknowledged.listening} workers in {acknowledged.seconds:.2f} s"
    )
