"""Rows ↔ rollouts: flip a capability, record it, publish it.

Everything that changes or publishes flags holds the lock of the Epoch row, so epochs have an order,
and the snapshot published last is the newest. Publishing follows the commit: what a worker hears is
what the database holds.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import redis
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import Max, Q, Value

from flags.broadcast import announce, announced
from flags.built import check_built
from flags.capabilities import CAPABILITIES, capability
from flags.errors import BadRequest, SnapshotInvalid
from flags.models import Epoch, Flag, FlagChange, new_salt
from flags.rollout import Rollout
from flags.snapshot import Snapshot, dumps, from_json, loads, to_json
from flags.snapshot_file import read_snapshot, write_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.db.models import QuerySet

__all__ = [
    "Author",
    "Flipped",
    "Published",
    "author",
    "authored",
    "current",
    "flip",
    "last_flip",
    "lock_epoch",
    "publish",
    "rollout_of",
    "settle",
    "with_members",
]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes flags and why: both go into the history."""

    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a publication: `listening` workers were told; `problems` names what failed."""

    epoch: int
    listening: int
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flipped:
    """A flip that is committed; if `before` is `after`, nothing was recorded."""

    epoch: int
    before: Rollout
    after: Rollout
    published: Published


_UNKNOWN = Author("unknown", "rows were changed without a reason given")
_author: ContextVar[Author | None] = ContextVar("flags_author", default=_UNKNOWN)


@contextmanager
def authored(author: Author | None) -> Iterator[None]:
    """Name the author of changes to rows within; None says that the caller records them itself."""
    token = _author.set(author)
    try:
        yield
    finally:
        _author.reset(token)


def author() -> Author | None:
    """Give the author of changes to rows right now, or None if whoever makes them records them."""
    return _author.get()


def flip(name: str, change: Callable[[Rollout], Rollout], *, who: str, why: str) -> Flipped:
    """Change the rollout of one capability in one transaction, then publish; `change` gets the
    current one. Where nothing differs it is published all the same, as the last time may have
    failed.

    Raises `BadRequest` for an unknown capability, a rollout out of range, one that is on where
    modern serves nothing, or an empty reason; nothing is changed then.
    """
    known = capability(name).name
    if not why.strip():
        raise BadRequest("a flip needs a reason: say why")
    with transaction.atomic(durable=True), authored(None):
        epoch = lock_epoch()
        flag = _row(known)
        before = flag.to_rollout()
        after = replace(change(before), capability=known, salt=before.salt)
        check_built(after)
        if after != before:
            _write(flag, after)
            _record(epoch, [(before, after)], Author(who, why))
    return Flipped(epoch.number, before, after, publish())


def settle(author: Author) -> Published | None:
    """Record and publish what changed in the rows without `flip`; None if the history already says
    what they say.
    """
    with transaction.atomic(durable=True):
        epoch = lock_epoch()
        changed = _unrecorded()
        if not changed:
            return None
        _record(epoch, changed, author)
    return publish()


def current() -> Snapshot:
    """Give the snapshot that the rows make, with the epoch of the last change."""
    epoch = Epoch.objects.filter(pk=1).first()
    return Snapshot(epoch.number if epoch else 0, _rows())


def with_members(flags: QuerySet[Flag]) -> QuerySet[Flag]:
    """Read the users and groups of flags with them, not one by one, for `rollout_of`."""
    return flags.annotate(user_ids=_gathered("users"), group_names=_gathered("groups__name"))


def rollout_of(flag: Any) -> Rollout:
    """Give the rollout of a Flag that `with_members` read."""
    rollout: Rollout = flag.to_rollout((flag.user_ids, flag.group_names))
    return rollout


def last_flip(name: str) -> int:
    """Give the epoch of the last flip of a capability, 0 before the first."""
    return FlagChange.objects.filter(capability=name).aggregate(last=Max("epoch"))["last"] or 0


def publish() -> Published:
    """Write the current snapshot to its file and to Redis, and announce it; what fails is told,
    not raised.
    """
    with transaction.atomic():
        snapshot = _overtaking(lock_epoch())
        document = dumps(snapshot, settings.BRIDGE_KEY)
        problems = [*_to_file(document)]
        listening = 0
        try:
            listening = announce(settings.REDIS_URL, snapshot.epoch, document)
        except redis.RedisError as error:
            problems.append(f"Redis did not take the snapshot ({error}): workers read the file")
    for problem in problems:
        log.warning("flags: epoch %d: %s", snapshot.epoch, problem)
    return Published(snapshot.epoch, listening, tuple(problems))


def _overtaking(epoch: Epoch) -> Snapshot:
    """Give the current snapshot, newer than every other that workers may have seen.

    A database that was restored or set up anew counts from where it stood, and workers never go
    back.
    """
    snapshot = current()
    for seen in _published():
        is_another = seen.epoch == epoch.number and seen.rollouts != snapshot.rollouts
        if seen.epoch > epoch.number or is_another:
            epoch.number = seen.epoch + 1
            epoch.save()
    return replace(snapshot, epoch=epoch.number)


def _published() -> Iterator[Snapshot]:
    places: tuple[Callable[[], bytes | None], ...] = (
        partial(read_snapshot, settings.SNAPSHOT_PATH),
        partial(announced, settings.REDIS_URL),
    )
    for read in places:
        with suppress(OSError, redis.RedisError, SnapshotInvalid):
            if document := read():
                yield loads(document, settings.BRIDGE_KEY)


def _to_file(document: bytes) -> Iterator[str]:
    try:
        write_snapshot(settings.SNAPSHOT_PATH, document)
    except OSError as error:
        yield f"the file of the snapshot was not written ({error}): check SNAPSHOT_PATH"


def lock_epoch() -> Epoch:
    """Give the Epoch row, locked to the end of the transaction: nobody else flips meanwhile."""
    Epoch.objects.bulk_create([Epoch(pk=1)], ignore_conflicts=True)
    return Epoch.objects.select_for_update().get(pk=1)


def _row(name: str) -> Flag:
    """Give the row; one that was deleted comes back with its old salt, or its users would change
    sides.
    """
    last = FlagChange.objects.filter(capability=name).first()
    salt = last.after["salt"] if last else new_salt()
    return Flag.objects.get_or_create(name=name, defaults={"salt": salt})[0]


def _rows() -> dict[str, Rollout]:
    flags = with_members(Flag.objects.filter(name__in=CAPABILITIES))
    return {flag.name: rollout_of(flag) for flag in flags}


def _gathered(field: str) -> ArrayAgg:
    present = Q(**{f"{field}__isnull": False})
    return ArrayAgg(field, filter=present, distinct=True, default=Value([]))


def _unrecorded() -> list[tuple[Rollout, Rollout]]:
    """Give what the rows say against what the history says; a deleted row is a rollout without
    anybody.
    """
    recorded, rows = _recorded(), _rows()
    pairs = [(recorded.get(name) or _nobody(row), row) for name, row in rows.items()]
    pairs += [(recorded[name], _nobody(recorded[name])) for name in recorded.keys() - rows.keys()]
    return [(before, after) for before, after in pairs if before != after]


def _recorded() -> dict[str, Rollout]:
    last = FlagChange.objects.order_by("capability", "-id").distinct("capability")
    return {
        change.capability: from_json(change.capability, change.after)
        for change in last
        if change.capability in CAPABILITIES
    }


def _nobody(rollout: Rollout) -> Rollout:
    return Rollout(capability=rollout.capability, salt=rollout.salt)


def _write(flag: Flag, rollout: Rollout) -> None:
    flag.everyone = rollout.everyone
    flag.percent = Decimal(rollout.percent) / 100
    flag.courses = sorted(rollout.courses)
    flag.orgs = sorted(rollout.orgs)
    flag.reads_only = rollout.reads_only
    flag.shadow = Decimal(rollout.shadow) / 100
    flag.save()
    flag.users.set(rollout.users)
    flag.groups.set(Group.objects.filter(name__in=rollout.groups))


def _record(epoch: Epoch, changes: Iterable[tuple[Rollout, Rollout]], author: Author) -> None:
    epoch.number += 1
    epoch.save()
    FlagChange.objects.bulk_create(
        FlagChange(
            epoch=epoch.number,
            capability=after.capability,
            who=author.who,
            why=author.why,
            before=to_json(before),
            after=to_json(after),
        )
        for before, after in changes
    )
