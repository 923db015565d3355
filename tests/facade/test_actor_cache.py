"""Whose credentials are remembered, for how long, and what Redis gets to know of them."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from redis.asyncio import Redis

from facade.actor_cache import MAX_ENTRIES, PREFIX, ActorCache, Entry
from facade.credential import Credential
from flags.actor import ANONYMOUS, Actor

BRIDGE_KEY = "a bridge key that only these tests know"
SECRET_KEY = "legacy's key"
SESSION = "0123456789abcdef0123456789abcdef"
ADA = Actor(user_id=4, username="ada", groups=frozenset({"beta"}), is_staff=True)
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def cookie(user_id: int, salt: str, *, session: str = SESSION, key: str = SECRET_KEY) -> Credential:
    """A cookie as legacy issues it, written from the description of the format."""
    digest = hashlib.sha256(f"1|{session}|{user_id}|".encode()).hexdigest()
    number, stamp = int(time.time()), ""
    while number:
        number, digit = divmod(number, 62)
        stamp = BASE62[digit] + stamp
    signed = unpadded(b'"' + digest.encode() + b'"') + ":" + stamp
    derived = hashlib.sha1(f"{salt}signer{key}".encode()).digest()  # noqa: S324 (legacy's own format)
    signature = unpadded(hmac.digest(derived, signed.encode(), "sha1"))
    return Credential("lms", "session", f"1|{session}|{salt}|{signed}:{signature}".encode())


def cache(redis: Redis | None = None, *, secret_key: str = SECRET_KEY) -> ActorCache:
    return ActorCache(bridge_key=BRIDGE_KEY, legacy_secret_key=secret_key, redis=redis)


def test_a_credential_is_remembered_until_its_time_is_over() -> None:
    remembered, token = cache(), Credential("lms", "bearer", b"Bearer t")
    remembered.put(token, Entry(ADA, 130.0))
    assert remembered.get(token, 129.9) == Entry(ADA, 130.0)
    assert remembered.get(token, 130.0) is None
    assert remembered.get(Credential("cms", "bearer", b"Bearer t"), 100.0) is None


def test_a_reissued_cookie_of_the_same_session_is_recognised() -> None:
    remembered, now = cache(), time.time()
    remembered.put(cookie(4, "salt1"), Entry(ADA, now + 30))
    assert remembered.get(cookie(4, "salt2"), now) == Entry(ADA, now + 30)


@pytest.mark.parametrize(
    "forged",
    [
        cookie(4, "salt2", key="a guess"),
        cookie(5, "salt2"),
        Credential("lms", "session", f"1|{SESSION}|salt|aa:bb:{'c' * 27}".encode()),
        Credential("lms", "session", SESSION.encode()),
    ],
)
def test_a_forged_cookie_of_the_same_session_is_not(forged: Credential) -> None:
    remembered, now = cache(), time.time()
    remembered.put(cookie(4, "salt1"), Entry(ADA, now + 30))
    assert remembered.get(forged, now) is None


def test_without_legacy_s_key_only_the_same_cookie_is_recognised() -> None:
    remembered, now = cache(secret_key=""), time.time()
    remembered.put(cookie(4, "salt1"), Entry(ADA, now + 30))
    assert remembered.get(cookie(4, "salt1"), now) is not None
    assert remembered.get(cookie(4, "salt2"), now) is None


def test_forgetting_a_session_forgets_all_its_cookies() -> None:
    remembered, now = cache(), time.time()
    first, second = cookie(4, "salt1"), cookie(4, "salt2")
    other = cookie(4, "salt1", session=SESSION[::-1])
    for each in (first, second, other):
        remembered.put(each, Entry(ADA, now + 30))
    remembered.forget(remembered.name(second))
    assert remembered.get(first, now) is None
    assert remembered.get(second, now) is None
    assert remembered.get(other, now) is not None


def test_the_memory_is_bounded_and_loses_who_was_away_longest() -> None:
    remembered = cache(secret_key="")
    tokens = [
        Credential("lms", "bearer", b"Bearer %d" % number) for number in range(MAX_ENTRIES + 1)
    ]
    for token in tokens[:-1]:
        remembered.put(token, Entry(ANONYMOUS, 200.0))
    remembered.get(tokens[0], 100.0)
    remembered.put(tokens[-1], Entry(ANONYMOUS, 200.0))
    assert remembered.get(tokens[0], 100.0) is not None
    assert remembered.get(tokens[1], 100.0) is None


async def test_workers_share_what_they_learnt(redis_url: str) -> None:
    now = time.time()
    async with Redis.from_url(redis_url) as redis:
        await cache(redis).share(cookie(4, "salt1"), Entry(ADA, now + 30), now)
        assert await cache(redis).fetch(cookie(4, "salt2"), now) == Entry(ADA, now + 30)
        assert await cache(redis).fetch(cookie(5, "salt2"), now) is None
        assert await cache(redis).fetch(cookie(4, "salt2"), now + 31) is None


async def test_redis_holds_no_session_and_believes_nothing_unsigned(redis_url: str) -> None:
    now, ada = time.time(), cookie(4, "salt1")
    async with Redis.from_url(redis_url) as redis:
        shared = cache(redis)
        await shared.share(ada, Entry(ADA, now + 30), now)
        (key,) = await redis.keys(f"{PREFIX}*")
        value = await redis.get(key)
        assert SESSION.encode() not in key + value
        for tampered in (value.replace(b"ada", b"eve"), value[64:], b"", b"\xff" * 80):
            await redis.set(key, tampered)
            assert await shared.fetch(ada, now) is None
        # A genuine value under another's name does not fit either.
        other = cookie(4, "salt1", session=SESSION[::-1])
        await redis.set(PREFIX + shared.name(other), value)
        assert await shared.fetch(other, now) is None


async def test_what_another_release_shares_in_other_words_is_not_known(redis_url: str) -> None:
    now, token = time.time(), Credential("lms", "bearer", b"Bearer t")
    async with Redis.from_url(redis_url) as redis:
        shared = cache(redis)
        name = shared.name(token)
        for actor in ({"groups": [], "shoe_size": 42}, {"username": "ada"}):
            text = json.dumps({"actor": actor, "expires": now + 30})
            await redis.set(PREFIX + name, shared._mac(name, text) + text)
            assert await shared.fetch(token, now) is None


async def test_what_a_cookie_does_not_prove_is_not_shared_under_its_session(redis_url: str) -> None:
    now = time.time()
    async with Redis.from_url(redis_url) as redis:
        for entry in (Entry(ANONYMOUS, now + 5), Entry(Actor(username="ada"), now + 5)):
            await cache(redis).share(cookie(4, "salt1"), entry, now)
        await cache(redis).share(cookie(4, "s", key="a guess"), Entry(ADA, now + 5), now)
        assert await redis.keys("*") == []


async def test_a_redis_that_is_down_is_no_reason_to_fail() -> None:
    now, token = time.time(), Credential("lms", "bearer", b"Bearer t")
    async with Redis(port=1, socket_connect_timeout=0.2) as redis:
        alone = cache(redis)
        await alone.share(token, Entry(ADA, now + 30), now)
        assert await alone.fetch(token, now) is None
        await alone.unshare("name", "channel")


async def test_without_redis_nothing_is_shared() -> None:
    token = Credential("lms", "bearer", b"Bearer t")
    await cache().share(token, Entry(ADA, 130.0), 100.0)
    assert await cache().fetch(token, 100.0) is None
    await cache().unshare("name", "channel")
