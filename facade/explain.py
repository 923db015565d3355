"""What the facade would do with a request, step by step, for a person who wonders: `facade
explain`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import httpx
from redis import Redis
from redis.exceptions import RedisError

from facade.course import course_in_head
from facade.decide import (
    Conditions,
    Decision,
    decide,
    decide_native,
    decide_not_built,
    decide_unrouted,
    needs_actor,
    without_legacy,
)
from facade.errors import Unreachable
from facade.hold.words import HELD
from facade.identity import Mint
from facade.question import ONLY_MODERN
from facade.routes import Match, RouteTable
from flags.actor import ANONYMOUS, Actor
from flags.errors import SnapshotInvalid
from flags.feed import SNAPSHOT_KEY
from flags.routes import ROUTES, Route, Service
from flags.snapshot import EMPTY, Snapshot, loads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from facade.settings import FacadeSettings
    from flags.rollout import Rollout

TIMEOUT_SECONDS = 3.0
_WHO_TARGET = "/api/v2/identity/actor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The request that is to be explained."""

    method: str
    url: str
    user: str | None
    host: str | None


def explain(asked: Asked, settings: FacadeSettings) -> Iterator[str]:
    """Yield the lines of an explanation; raises Unreachable when the flags or the user cannot be
    learnt.
    """
    parts = urlsplit(asked.url)
    host = asked.host or parts.netloc or "localhost"
    service = _service(host, settings)
    match = RouteTable(ROUTES, service).match(asked.method.encode(), parts.path.encode())
    snapshot = read_snapshot(settings)
    now = Conditions(snapshot.epoch, modern_up=True)
    yield f"request   {asked.method} {parts.path} of {service} (Host {host})"
    if match is None:
        yield "route     none: no pattern fits"
        yield _outcome(decide_unrouted(now))
        return
    yield f"route     {route_line(match.route)}"
    actor = _actor(asked.user, settings) if asked.user else ANONYMOUS
    yield f"actor     {_actor_text(actor)}"
    if settings.redis_url and not match.is_native:
        yield f"hold      {_hold_text(match.route.capability, settings.redis_url)}"
    yield from _decided(asked, match, snapshot, actor)


def route_line(route: Route) -> str:
    """Write a route as one line: methods, pattern, capability, reads or writes, where its course
    is.
    """
    methods = " ".join(sorted(route.methods)) or "any method"
    kind = f"always {route.always}" if route.always else "by method"
    course = f", course in {route.course.place} {route.course.name}" if route.course else ""
    return f"{methods} {route.pattern} -> {route.capability} ({kind}{course})"


def read_snapshot(settings: FacadeSettings) -> Snapshot:
    """Return what workers decide by: Redis's snapshot, else the file's, else the empty one of a
    first start.
    """
    document = _from_redis(settings.redis_url) if settings.redis_url else None
    if document is None and settings.snapshot_path is not None and settings.snapshot_path.exists():
        document = settings.snapshot_path.read_bytes()
    if document is None:
        return EMPTY
    try:
        return loads(document, settings.bridge_key)
    except SnapshotInvalid as error:
        raise Unreachable(str(error)) from error


def _from_redis(url: str) -> bytes | None:
    document = _answer_of_redis(url, lambda redis: redis.get(SNAPSHOT_KEY))
    return document if isinstance(document, bytes) else None


def _hold_text(capability: str, url: str) -> str:
    left = cast("int", _answer_of_redis(url, lambda redis: redis.pttl(HELD + capability)))
    if left <= 0:
        return "none"
    return (
        f"writes of {capability} wait, for {left / 1000:.1f} s more at the most, and are decided "
        f"after it; `facade release {capability}` ends it"
    )


def _answer_of_redis(url: str, ask: Callable[[Redis], object]) -> object:
    try:
        with Redis.from_url(url, socket_connect_timeout=TIMEOUT_SECONDS) as redis:
            return ask(redis)
    except (RedisError, OSError) as error:
        raise Unreachable(f"REDIS_URL: redis does not answer ({error}); is it running?") from error


def _decided(asked: Asked, match: Match, snapshot: Snapshot, actor: Actor) -> Iterator[str]:
    now = Conditions(snapshot.epoch, modern_up=True)
    if match.is_native:
        yield "rollout   none: this path is modern's own"
        yield _outcome(decide_native(match.route.capability, now))
        return
    access = match.access
    if not match.is_built:
        yield f"built     no: modern does not serve the {access} of this route"
        yield _outcome(decide_not_built(match.route.capability, now))
        return
    rollout = snapshot.rollouts[match.route.capability]
    course = course_in_head(match, urlsplit(asked.url).query.encode())
    yield f"rollout   {_rollout_text(rollout)} (epoch {snapshot.epoch})"
    yield f"access    {access}" + (f", course {course}" if course else "")
    if not needs_actor(access, rollout):
        yield "          who asks does not matter"
    chosen = decide(access, rollout, actor, course_key=course, now=now)
    yield _outcome(without_legacy(chosen) if match.route.pattern in ONLY_MODERN else chosen)


def _outcome(decision: Decision) -> str:
    return f"decision  {decision.upstream}, because: {decision.reason}"


def _service(host: str, settings: FacadeSettings) -> Service:
    lower = host.lower()
    names = {lower, lower.partition(":")[0]}
    return Service.CMS if names & settings.cms_hosts else Service.LMS


def _actor(username: str, settings: FacadeSettings) -> Actor:
    target = _WHO_TARGET.encode()
    mint = Mint(settings.bridge_key)
    line = mint.line(username, "session", method=b"GET", target=target, now=time.time()).decode()
    name, _, value = line.partition(": ")
    url = f"http://{settings.modern_lms}{_WHO_TARGET}"
    try:
        answer = httpx.get(url, headers={name: value}, timeout=TIMEOUT_SECONDS, trust_env=False)
    except httpx.HTTPError as error:
        raise Unreachable(f"MODERN_LMS_URL: {url} does not answer; is modern running?") from error
    if answer.status_code != 200:
        raise Unreachable(f"modern knows no user {username!r} (status {answer.status_code})")
    fields = answer.json()
    return Actor(
        user_id=fields["id"],
        username=username,
        groups=frozenset(fields["groups"]),
        is_staff=fields["is_staff"],
        is_superuser=fields["is_superuser"],
    )


def _actor_text(actor: Actor) -> str:
    if actor.is_anonymous:
        return "anonymous"
    groups = ", ".join(sorted(actor.groups)) or "no group"
    return f"{actor.username} (id {actor.user_id}; {groups})"


def _rollout_text(rollout: Rollout) -> str:
    parts = [
        {True: "everyone", False: "switched off", None: ""}[rollout.everyone],
        f"{len(rollout.users)} users" if rollout.users else "",
        f"groups {', '.join(sorted(rollout.groups))}" if rollout.groups else "",
        f"courses {', '.join(sorted(rollout.courses))}" if rollout.courses else "",
        f"organisations {', '.join(sorted(rollout.orgs))}" if rollout.orgs else "",
        f"{rollout.percent / 100:g} %" if rollout.percent else "",
        "reads only" if rollout.reads_only else "",
    ]
    return f"{rollout.stage}: {'; '.join(part for part in parts if part) or 'nobody'}"
