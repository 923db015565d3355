"""Who the recent credentials belong to: in this process, and in Redis for the other workers.

A session is remembered by its id, so that a re-issued cookie costs no question; for that its
signature is verified here, which takes LEGACY_SECRET_KEY. Without it, and for tokens, the whole
credential is the key. No key and no value in Redis holds a session id or a token: keys are keyed
hashes, and values are signed, so Redis cannot name anyone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from redis.exceptions import RedisError

from flags.actor import Actor

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from facade.credential import Credential

MAX_ENTRIES: Final = 20_000
PREFIX: Final = "bridge:actor:"

K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True)
class Entry:
    """What is known of a credential until `expires` (Unix time); without an actor, that it could
    not be learnt.
    """

    actor: Actor | None
    expires: float


class ActorCache:
    """Two dictionaries, least recently used out first: by credential, and by the name it shares
    with its session.
    """

    def __init__(self, *, bridge_key: str, legacy_secret_key: str, redis: Redis | None) -> None:
        self._key = hmac.digest(bridge_key.encode(), b"actor-cache", "sha256")
        self._secret_key = legacy_secret_key
        self._redis = redis
        self._by_credential: OrderedDict[Credential, Entry] = OrderedDict()
        self._by_name: OrderedDict[str, list[Entry]] = OrderedDict()

    def get(self, credential: Credential, now: float) -> Entry | None:
        """Return what is known in this process, or None."""
        entry = self._by_credential.get(credential)
        if entry is not None:
            if entry.expires > now:
                self._by_credential.move_to_end(credential)
                return entry
            del self._by_credential[credential]
        return self._by_its_session(credential, now)

    def put(self, credential: Credential, entry: Entry) -> None:
        """Remember in this process."""
        _insert(self._by_credential, credential, entry)
        name = self.name(credential)
        others = [
            each for each in self._by_name.get(name, ()) if each.expires > entry.expires - 60.0
        ]
        _insert(self._by_name, name, [*others, entry])

    def forget(self, name: str) -> None:
        """Drop what is known under a name (see `name`), as somebody logged in or out."""
        for entry in self._by_name.pop(name, ()):
            entry.expires = 0.0  # the credentials of a session share their entries

    def name(self, credential: Credential) -> str:
        """Return the keyed hash that stands for the session, or for the credential that names no
        session.
        """
        session = credential.session() if self._secret_key else None
        proof = session.session_id.encode() if session else credential.value
        message = b"%b\n%b\n%b" % (credential.service.encode(), credential.via.encode(), proof)
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()

    async def fetch(self, credential: Credential, now: float) -> Entry | None:
        """Return what another worker put into Redis; None when there is nothing, it is not ours, or
        Redis is down.
        """
        if self._redis is None:
            return None
        name = self.name(credential)
        try:
            entry = self._opened(name, await self._redis.get(PREFIX + name))
        except (RedisError, OSError):
            return None
        if entry is None or entry.expires <= now or not self._may_share(credential, entry, now):
            return None
        return entry

    async def share(self, credential: Credential, entry: Entry, now: float) -> None:
        """Put an entry into Redis for the other workers; a Redis that is down is no
        reason to fail.
        """
        if self._redis is None or not self._may_share(credential, entry, now):
            return
        name = self.name(credential)
        lifetime = max(int(entry.expires - now), 1)
        try:
            await self._redis.set(PREFIX + name, self._sealed(name, entry), ex=lifetime)
        except (RedisError, OSError):
            return

    async def unshare(self, name: str, channel: str) -> None:
        """Take an entry out of Redis and tell the other workers to forget it."""
        if self._redis is None:
            return
        try:
            await self._redis.delete(PREFIX + name)
            await self._redis.publish(channel, name)
        except (RedisError, OSError):
            return

    def _by_its_session(self, credential: Credential, now: float) -> Entry | None:
        """Find what another cookie of the same session brought, if this one's signature proves it
        is that user's.
        """
        if not self._secret_key or credential.session() is None:
            return None
        for entry in self._by_name.get(self.name(credential), ()):
            if entry.expires > now and self._proves_itself(credential, entry.actor, now):
                _insert(self._by_credential, credential, entry)
                return entry
        return None

    def _proves_itself(self, credential: Credential, actor: Actor | None, now: float) -> bool:
        """Say whether the cookie's own signature proves that it is this actor's session."""
        session = credential.session() if self._secret_key else None
        if session is None or actor is None or actor.user_id is None:
            return False
        return session.belongs_to(actor.user_id, secret_key=self._secret_key, now=now)

    def _may_share(self, credential: Credential, entry: Entry, now: float) -> bool:
        """Under a session's name only what the cookie proves may be kept: others can write that
        session's id too.
        """
        if self._secret_key and credential.session() is not None:
            return self._proves_itself(credential, entry.actor, now)
        return entry.actor is not None

    def _sealed(self, name: str, entry: Entry) -> bytes:
        text = json.dumps({"actor": _to_json(entry.actor), "expires": entry.expires})
        return self._mac(name, text).encode() + text.encode()

    def _opened(self, name: str, sealed: object) -> Entry | None:
        if not isinstance(sealed, bytes):
            return None
        mac, text = sealed[:64], sealed[64:].decode("utf-8", "replace")
        if not hmac.compare_digest(mac, self._mac(name, text).encode()):
            return None
        content = json.loads(text)
        try:
            return Entry(_from_json(content["actor"]), content["expires"])
        except (KeyError, TypeError):
            return None  # of another release, which knows actors by other fields

    def _mac(self, name: str, text: str) -> str:
        return hmac.new(self._key, f"{name}\n{text}".encode(), hashlib.sha256).hexdigest()


def _insert(entries: OrderedDict[K, V], key: K, value: V) -> None:
    entries[key] = value
    entries.move_to_end(key)
    if len(entries) > MAX_ENTRIES:
        entries.popitem(last=False)


def _to_json(actor: Actor | None) -> dict[str, Any] | None:
    if actor is None:
        return None
    return {
        "user_id": actor.user_id,
        "username": actor.username,
        "groups": sorted(actor.groups),
        "is_staff": actor.is_staff,
        "is_superuser": actor.is_superuser,
    }


def _from_json(fields: dict[str, Any]) -> Actor:
    return Actor(**{**fields, "groups": frozenset(fields["groups"])})
