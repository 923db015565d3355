"""Who asks: legacy names the user of a credential, modern knows the rest, and both are asked as
seldom as possible.

Legacy stays the authority for sessions and tokens; nothing here believes a cookie that legacy did
not.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any, Final

from facade import inquiry
from facade.actor_cache import ActorCache, Entry
from facade.errors import ActorUnknown
from flags.actor import ANONYMOUS, Actor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facade.credential import Credential
    from facade.identity import Mint
    from facade.inquiry import Reply
    from facade.pool import Pool

KNOWN_SECONDS: Final = 30.0
"""How long an answer is believed: a user disabled in legacy is noticed within it."""
DOUBTFUL_SECONDS: Final = 5.0
"""The same for `nobody`, and for a user whom modern could not look up."""
FAILED_SECONDS: Final = 1.0
"""How long a failed look-up is not repeated, so that a struggling legacy is not asked for every
request.
"""
ANSWER_SECONDS: Final = 3.0
ANSWER_BYTES: Final = 65_536
FORGET_CHANNEL: Final = "bridge:actor:forget"

_WHO_TARGET: Final = b"/api/v2/identity/actor"
_LEGACY_TARGET: Final = b"/api/user/v1/accounts"
_ABOUT_US: Final = (b"Accept: application/json", b"User-Agent: modern-edx-facade")


class Legacy:
    """Asks legacy whom a credential belongs to; `pools` are by service."""

    def __init__(self, pools: Mapping[str, Pool]) -> None:
        self._pools = pools

    async def username(self, credential: Credential, *, host: str, cookie_name: str) -> str | None:
        """Return the username, None for nobody; raises ActorUnknown when legacy does not answer
        properly.
        """
        pool = self._pools[credential.service]
        if credential.via == "session":
            proof = b"Cookie: %b=%b" % (cookie_name.encode(), credential.value)
        else:
            proof = b"Authorization: " + credential.value
        # Legacy finds its site by the host; clients of HTTP/1.0 may name none.
        host_line = f"Host: {host or pool.address}".encode("ascii")
        reply = await _ask(pool, _LEGACY_TARGET, host_line, proof)
        if reply is None:
            raise ActorUnknown("legacy does not answer")
        if reply.status >= 500 or reply.status == 429:
            raise ActorUnknown("legacy answers with an error")
        return _only_username(reply.body) if reply.status == 200 else None


class Modern:
    """Asks modern for what a rollout may ask about a user: id, groups, staff."""

    def __init__(self, pool: Pool, mint: Mint) -> None:
        self._pool = pool
        self._mint = mint

    async def actor(self, username: str, via: str) -> Actor:
        """Return the actor; one without an id when modern does not answer or does not know the user
        (yet).
        """
        identity = self._mint.line(
            username, via, method=b"GET", target=_WHO_TARGET, now=time.time()
        )
        host_line = f"Host: {self._pool.address}".encode()
        reply = await _ask(self._pool, _WHO_TARGET, host_line, identity)
        known = _actor(reply.body) if reply is not None and reply.status == 200 else None
        if known is None or known.username != username:
            return Actor(username=username)
        return known


class Actors:
    """The actors of credentials: cached, looked up once at a time per credential, forgotten on
    login and logout.
    """

    def __init__(
        self, cache: ActorCache, legacy: Legacy, modern: Modern, *, cookie_name: str
    ) -> None:
        self._cache = cache
        self._legacy = legacy
        self._modern = modern
        self._cookie_name = cookie_name
        self._flights: dict[Credential, asyncio.Task[Entry]] = {}
        self._farewells: set[asyncio.Task[None]] = set()
        self.hits = 0
        self.lookups = 0
        self.failures = 0

    def known(self, credential: Credential) -> Entry | None:
        """Return what this process knows now, without waiting; None when it has to be learnt."""
        entry = self._cache.get(credential, time.time())
        if entry is not None:
            self.hits += 1
        return entry

    async def learn(self, credential: Credential, *, host: str) -> Entry:
        """Look an actor up; requests of the same credential wait for the same look-up. An entry
        without actor: failed.
        """
        flight = self._flights.get(credential)
        if flight is None:
            flight = asyncio.create_task(self._look_up(credential, host))
            self._flights[credential] = flight
            flight.add_done_callback(lambda done: self._landed(credential, done))
        # One client that hangs up must not cancel the look-up that others wait for.
        return await asyncio.shield(flight)

    def forget(self, credential: Credential) -> None:
        """Forget a credential here and in all workers: a login, logout or password change passed
        by.
        """
        self._flights.pop(credential, None)
        name = self._cache.name(credential)
        self._cache.forget(name)
        task = asyncio.create_task(self._cache.unshare(name, FORGET_CHANNEL))
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)

    def forget_name(self, name: str) -> None:
        """Forget what another worker said should be forgotten, known or just being learnt."""
        self._cache.forget(name)
        for credential in list(self._flights):
            if self._cache.name(credential) == name:
                del self._flights[credential]

    def _landed(self, credential: Credential, flight: asyncio.Task[Entry]) -> None:
        # A flight that `forget` overtook may carry what was true before the logout: it is not
        # remembered.
        if self._flights.get(credential) is flight:
            del self._flights[credential]
            if not flight.cancelled() and flight.exception() is None:
                self._cache.put(credential, flight.result())

    async def _look_up(self, credential: Credential, host: str) -> Entry:
        now = time.time()
        shared = await self._cache.fetch(credential, now)
        if shared is not None:
            self.hits += 1
            return shared
        self.lookups += 1
        try:
            entry = await self._ask(credential, host)
        except ActorUnknown:
            self.failures += 1
            return Entry(None, now + FAILED_SECONDS)
        if self._flights.get(credential) is asyncio.current_task():
            await self._cache.share(credential, entry, now)
        return entry

    async def _ask(self, credential: Credential, host: str) -> Entry:
        username = await self._legacy.username(credential, host=host, cookie_name=self._cookie_name)
        if username is None:
            return Entry(ANONYMOUS, time.time() + DOUBTFUL_SECONDS)
        actor = await self._modern.actor(username, credential.via)
        seconds = DOUBTFUL_SECONDS if actor.is_unresolved else KNOWN_SECONDS
        return Entry(actor, time.time() + seconds)


async def _ask(pool: Pool, target: bytes, *lines: bytes) -> Reply | None:
    return await inquiry.get(
        pool, target, (*lines, *_ABOUT_US), answer_bytes=ANSWER_BYTES, seconds=ANSWER_SECONDS
    )


def _only_username(body: bytes) -> str | None:
    """Read `[{"username": ...}]`, legacy's answer to a caller who asks for their own account."""
    accounts = _content(body)
    if accounts is None:
        raise ActorUnknown("legacy answers with something else")
    if not isinstance(accounts, list) or len(accounts) != 1 or not isinstance(accounts[0], dict):
        return None
    username = accounts[0].get("username")
    return username if isinstance(username, str) and username else None


def _actor(body: bytes) -> Actor | None:
    """Read modern's answer; None when it is not what was agreed."""
    match _content(body):
        case {"id": int(user_id), "username": str(username), **others}:
            groups: Any = others.get("groups") or ()
            return Actor(
                user_id=user_id,
                username=username,
                groups=frozenset(map(str, groups)),
                is_staff=bool(others.get("is_staff")),
                is_superuser=bool(others.get("is_superuser")),
            )
    return None


def _content(body: bytes) -> Any:
    """Read JSON; None when it is not."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
