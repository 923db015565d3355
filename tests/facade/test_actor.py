"""Who asks: learnt from both systems over real sockets, once, and forgotten in time."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest
from redis.asyncio import Redis

from facade.actor import Actors, Legacy, Modern
from facade.actor_cache import ActorCache, Entry
from facade.credential import Credential
from facade.identity import Mint
from facade.line import Crowd
from facade.pool import Pool
from facade.settings import Address
from facade.ticker import Ticker
from flags.actor import ANONYMOUS, Actor
from tests.facade.conftest import BRIDGE_KEY, until
from tests.facade.people import ACCOUNTS, ACTOR, People
from tests.facade.upstream import Conversation, Upstream, running

COOKIE = Credential("lms", "session", b"ada-session")
ADA = Actor(user_id=4, username="ada")


class Town:
    """Both systems, who lives there, and any number of workers that ask."""

    def __init__(self, legacy: Upstream, modern: Upstream) -> None:
        self.legacy, self.modern = legacy, modern
        self.people = People(BRIDGE_KEY, {"ada-session": "ada", "staff-session": "staff"})
        self.people.live_in(legacy, modern)
        ticker = Ticker(asyncio.get_running_loop())
        self.pools = [
            Pool(each.name, Address("127.0.0.1", each.port), ticker, crowd=Crowd(exchanges=8))
            for each in (legacy, modern)
        ]

    def worker(self, redis: Redis | None = None) -> Actors:
        cache = ActorCache(bridge_key=BRIDGE_KEY, legacy_secret_key="", redis=redis)
        legacy, modern = self.pools
        return Actors(
            cache,
            Legacy(dict.fromkeys(("lms", "cms"), legacy)),
            Modern(modern, Mint(BRIDGE_KEY)),
            cookie_name="sessionid",
        )


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    async with running("legacy") as legacy, running("modern") as modern:
        made = Town(legacy, modern)
        try:
            yield made
        finally:
            for pool in made.pools:
                pool.close()


async def learnt(actors: Actors, credential: Credential = COOKIE) -> Entry:
    return await actors.learn(credential, host="lms.example.org")


async def test_legacy_names_the_user_and_modern_tells_the_rest(town: Town) -> None:
    entry = await learnt(town.worker(), COOKIE._replace(value=b"staff-session"))
    assert entry.actor == Actor(user_id=8, username="staff", groups=frozenset({"beta"}))
    assert 25 < entry.expires - time.time() <= 30
    request = town.legacy.received[0]
    assert request.values("host") == ["lms.example.org"]
    assert request.values("cookie") == ["sessionid=staff-session"]
    assert town.people.asked_modern[0].username == "staff"


@pytest.mark.parametrize("value", [b"unknown", b"malformed"])
async def test_nobody_is_believed_for_a_short_time_only(town: Town, value: bytes) -> None:
    entry = await learnt(town.worker(), COOKIE._replace(value=value))
    assert entry.actor == ANONYMOUS
    assert entry.expires - time.time() <= 5
    assert town.people.asked_modern == []


async def test_what_is_known_is_not_asked_again(town: Town) -> None:
    actors = town.worker()
    entry = await learnt(actors)
    assert actors.known(COOKIE) is entry
    assert (actors.hits, actors.lookups, actors.failures) == (1, 1, 0)


async def test_all_who_wait_for_the_same_actor_wait_for_one_question(town: Town) -> None:
    actors = town.worker()
    entries = await asyncio.gather(*[learnt(actors) for _ in range(20)])
    assert {entry.actor for entry in entries} == {ADA}
    assert len(town.people.asked_legacy) == 1


async def test_one_who_stops_waiting_does_not_stop_the_others(town: Town) -> None:
    actors, release = town.worker(), asyncio.Event()

    async def slow(talk: Conversation) -> None:
        await release.wait()
        await town.people.accounts(talk)

    town.legacy.scripts[ACCOUNTS] = slow
    impatient, patient = (asyncio.create_task(learnt(actors)) for _ in range(2))
    await until(lambda: town.legacy.received)
    impatient.cancel()
    release.set()
    assert (await patient).actor == ADA
    assert impatient.cancelled()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("500 Internal Server Error", b""),
        ("429 Too Many Requests", b""),
        ("200 OK", b"<html>"),
        ("200 OK", b"[" * 60_000),
    ],
)
async def test_a_legacy_that_cannot_say_leaves_the_actor_unknown_for_a_second(
    town: Town, status: str, body: bytes
) -> None:
    async def broken(talk: Conversation) -> None:
        await talk.answer(body, status)

    town.legacy.scripts[ACCOUNTS] = broken
    actors = town.worker()
    entry = await learnt(actors)
    assert entry.actor is None
    assert entry.expires - time.time() <= 1
    assert actors.known(COOKIE) == entry
    assert actors.failures == 1


async def test_a_legacy_that_is_down_leaves_the_actor_unknown(town: Town) -> None:
    await town.legacy.stop()
    assert (await learnt(town.worker())).actor is None


@pytest.mark.parametrize("body", [b"[]", b"{}", b'["ada"]', b'[{"username": ""}]', b"[{}, {}]"])
async def test_an_answer_that_names_no_one_is_nobody(town: Town, body: bytes) -> None:
    async def odd(talk: Conversation) -> None:
        await talk.answer(body)

    town.legacy.scripts[ACCOUNTS] = odd
    assert (await learnt(town.worker())).actor == ANONYMOUS


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"username": "eve", "id": 1}', b'{"username": "ada"}']
)
async def test_a_modern_that_cannot_say_leaves_the_name_alone(town: Town, body: bytes) -> None:
    async def odd(talk: Conversation) -> None:
        await talk.answer(body)

    town.modern.scripts[ACTOR] = odd
    entry = await learnt(town.worker())
    assert entry.actor == Actor(username="ada")
    assert entry.expires - time.time() <= 5


async def test_workers_learn_from_each_other_through_redis(town: Town, redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        first, second = town.worker(redis), town.worker(redis)
        assert (await learnt(first)).actor == ADA
        assert (await learnt(second)).actor == ADA
        assert len(town.people.asked_legacy) == 1
        first.forget(COOKIE)
        await until(lambda: not first._farewells)
        assert (await learnt(town.worker(redis))).actor == ADA
        assert len(town.people.asked_legacy) == 2


@pytest.mark.parametrize(
    "forget",
    [
        lambda ours: ours.forget(COOKIE),
        lambda ours: ours.forget_name(ours._cache.name(COOKIE)),  # as another worker says
    ],
)
async def test_a_logout_overtakes_a_look_up_under_way(
    town: Town, forget: Callable[[Actors], None]
) -> None:
    actors, release = town.worker(), asyncio.Event()

    async def hesitating(talk: Conversation) -> None:
        await release.wait()
        await town.people.actor(talk)

    town.modern.scripts[ACTOR] = hesitating
    waiting = asyncio.create_task(learnt(actors))
    await until(lambda: town.modern.received)
    forget(actors)
    release.set()
    assert (await waiting).actor == ADA
    assert actors.known(COOKIE) is None


async def test_another_worker_s_word_is_enough_to_forget(town: Town) -> None:
    actors = town.worker()
    await learnt(actors)
    actors.forget_name(actors._cache.name(COOKIE))
    assert actors.known(COOKIE) is None
