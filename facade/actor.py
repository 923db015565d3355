"""Who asks: legacy names the user of a credential, modern knows the rest, and both are asked as
seldom as possible.

Legacy stays the authority for sessions and tokens; nothing here believes a cookie that legacy did
not.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

import httpx

from facade.actor_cache import ActorCache, Entry
from facade.errors import ActorUnknown
from flags.actor import ANONYMOUS, Actor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facade.credential import Credential
    from facade.identity import Mint

KNOWN_SECONDS: Final = 30.0
"""How long an answer is believed: a user disabled in legacy is noticed within it."""
DOUBTFUL_SECONDS: Final = 5.0
"""The same for `nobody`, and for a user whom modern could not look up."""
FAILED_SECONDS: Final = 1.0
"""How long a failed look-up is not repeated, so that a struggling legacy is not asked for every
request.
"""
TIMEOUT_SECONDS: Final = 3.0
FORGET_CHANNEL: Final = "bridge:actor:forget"

_WHO_TARGET: Final = "/api/v2/identity/actor"
_LEGACY_TARGET: Final = "/api/user/v1/accounts"


class Legacy:
    """Asks legacy whom a credential belongs to."""

    def __init__(self, client: httpx.AsyncClient, urls: Mapping[str, str]) -> None:
        self._client = client
        self._urls = urls

    async def username(self, credential: Credential, *, host: str, cookie_name: str) -> str | None:
        """Return the username, None for nobody; raises ActorUnknown when legacy does not answer
        properly.
        """
        headers = {"Accept": "application/json", "User-Agent": "modern-edx-facade"}
        if host:  # legacy finds its site by it; HTTP/1.0 clients may name none
            headers["Host"] = host
        value = credential.value.decode("latin-1")
        if credential.via == "session":
            headers["Cookie"] = f"{cookie_name}={value}"
        else:
            headers["Authorization"] = value
        try:
            answer = await self._client.get(
                self._urls[credential.service] + _LEGACY_TARGET, headers=headers
            )
        except httpx.HTTPError as error:
            raise ActorUnknown("legacy does not answer") from error
        if answer.status_code >= 500 or answer.status_code == 429:
            raise ActorUnknown("legacy answers with an error")
        return _only_username(answer) if answer.status_code == 200 else None


class Modern:
    """Asks modern for what a rollout may ask about a user: id, groups, staff."""

    def __init__(self, client: httpx.AsyncClient, url: str, mint: Mint) -> None:
        self._client = client
        self._url = url
        self._mint = mint

    async def actor(self, username: str, via: str) -> Actor:
        """Return the actor; one without an id when modern does not answer or does not know the user
        (yet).
        """
        line = self._mint.line(
            username, via, method=b"GET", target=_WHO_TARGET.encode(), now=time.time()
        )
        name, _, value = line.decode().partition(": ")
        try:
            answer = await self._client.get(self._url + _WHO_TARGET, headers={name: value})
            fields = answer.json() if answer.status_code == 200 else {}
        except (httpx.HTTPError, ValueError):
            fields = {}
        if not isinstance(fields, dict) or fields.get("username") != username:
            return Actor(username=username)
        return _actor(fields)


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
        """Forget what another worker said should be forgotten."""
        self._cache.forget(name)

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


def make_client() -> httpx.AsyncClient:
    """Make the client of the control plane; it is far too slow for the data plane, and need not be
    fast.
    """
    limits = httpx.Limits(max_connections=32, max_keepalive_connections=8)
    return httpx.AsyncClient(timeout=TIMEOUT_SECONDS, limits=limits, trust_env=False)


def _only_username(answer: httpx.Response) -> str | None:
    """Read `[{"username": ...}]`, legacy's answer to a caller who asks for their own account."""
    try:
        accounts = answer.json()
    except ValueError:
        raise ActorUnknown("legacy answers with something else") from None
    if not isinstance(accounts, list) or len(accounts) != 1 or not isinstance(accounts[0], dict):
        return None
    username = accounts[0].get("username")
    return username if isinstance(username, str) and username else None


def _actor(fields: Mapping[str, Any]) -> Actor:
    return Actor(
        user_id=fields["id"],
        username=fields["username"],
        groups=frozenset(fields.get("groups", ())),
        is_staff=bool(fields.get("is_staff")),
        is_superuser=bool(fields.get("is_superuser")),
    )
