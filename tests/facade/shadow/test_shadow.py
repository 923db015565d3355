"""Asking modern what legacy answered, without the learner noticing."""

import asyncio
import socket
import struct

import pytest

from facade.shadow.asking import _draw
from flags.rollout import Rollout
from tests.facade.client import HOST, Client
from tests.facade.conftest import BRIDGE_KEY, until
from tests.facade.people import claim_of
from tests.facade.shadow.conftest import (
    ADA,
    ANSWER,
    JSON,
    READ,
    Shadowed,
    saying,
    shadowed_world,
)
from tests.facade.upstream import Conversation


class Hanging:
    """Does not answer before it is released."""

    def __init__(self) -> None:
        self.released = asyncio.Event()

    async def __call__(self, talk: Conversation) -> None:
        await self.released.wait()
        await talk.answer(ANSWER, "200 OK", JSON)


@pytest.fixture
def hanging(shadowed: Shadowed) -> Hanging:
    script = Hanging()
    shadowed.world.modern.scripts[READ] = script
    return script


async def test_the_learner_has_the_answer_while_modern_has_not_answered(
    shadowed: Shadowed, hanging: Hanging
) -> None:
    answer = await shadowed.ask()
    await until(lambda: shadowed.world.modern.targets == [f"GET {READ}"])

    assert answer == ANSWER
    assert shadowed.counts().total() == 0
    hanging.released.set()
    await shadowed.counted(same=1)


async def test_a_hanging_modern_keeps_no_further_request_waiting(
    shadowed: Shadowed, hanging: Hanging
) -> None:
    async with shadowed.world.client() as client:
        answers = [(await client.get(f"{READ}?{n}")).body for n in range(20)]

    assert answers == [ANSWER] * 20


async def test_the_answers_bytes_are_the_same_with_and_without_a_shadow(
    shadowed: Shadowed, hanging: Hanging
) -> None:
    async def chunked(talk: Conversation) -> None:
        await talk.send(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n3;x=y\r\nabc"
        )
        await talk.send(b"\r\n0\r\nX-Trailer: t\r\n\r\n")
        talk.writer.close()

    async def raw() -> bytes:
        async with shadowed.world.client() as client:
            await client.send(
                f"GET {READ} HTTP/1.1\r\n".encode() + HOST + b"Connection: close\r\n\r\n"
            )
            return await client.read_to_end()

    shadowed.world.legacy.scripts[READ] = chunked
    with_shadow = await raw()
    await until(lambda: shadowed.world.modern.received)
    shadowed.world.roll_out()

    assert await raw() == with_shadow
    assert len(shadowed.world.modern.received) == 1


async def test_modern_is_asked_the_same_as_who_asked_legacy(shadowed: Shadowed) -> None:
    await shadowed.ask(ADA, "Accept-Language: fr", target=f"{READ}?user=ada")
    await shadowed.counted(same=1)

    (asked,) = [each for each in shadowed.world.modern.received if each.target.startswith(READ)]
    (answered,) = [each for each in shadowed.world.legacy.received if each.target.startswith(READ)]
    assert asked.lines[:-1] == answered.lines
    assert claim_of(asked, BRIDGE_KEY).username == "ada"


async def test_an_anonymous_question_carries_no_identity(shadowed: Shadowed) -> None:
    await shadowed.ask()
    await shadowed.counted(same=1)

    assert shadowed.world.modern.received[0].values("x-bridge-identity") == []


@pytest.mark.parametrize(
    ("proof", "expected"),
    [("Cookie: sessionid=over", {"same": 1}), ("Authorization: Bearer x", {"actor_unknown": 1})],
)
async def test_a_session_that_is_over_is_nobodys_and_a_refused_token_is_legacys(
    shadowed: Shadowed, proof: str, expected: dict[str, int]
) -> None:
    await shadowed.ask(proof)

    await shadowed.counted(**expected)
    identities = [each.values("x-bridge-identity") for each in shadowed.world.modern.received]
    assert identities == [[]] * expected.get("same", 0)


async def test_who_cannot_be_named_is_not_asked_for(shadowed: Shadowed) -> None:
    shadowed.people.ids.clear()

    await shadowed.ask(ADA)

    await shadowed.counted(actor_unknown=1)
    assert f"GET {READ}" not in shadowed.world.modern.targets


@pytest.mark.parametrize(
    ("method", "body"), [("POST", b""), ("HEAD", b""), ("OPTIONS", b""), ("GET", b"a")]
)
async def test_only_plain_reads_are_shadowed(shadowed: Shadowed, method: str, body: bytes) -> None:
    async with shadowed.world.client() as client:
        await client.ask(method, READ, body=body)
    await shadowed.ask()
    await shadowed.counted(same=1)

    assert shadowed.world.modern.targets == [f"GET {READ}"]


async def test_a_conditional_request_is_counted_and_not_asked(shadowed: Shadowed) -> None:
    await shadowed.ask('If-None-Match: "a"')
    await shadowed.ask("Range: bytes=0-1")

    await shadowed.counted(conditional=2)
    assert shadowed.world.modern.received == []


async def test_the_sample_is_drawn_by_the_request_id(shadowed: Shadowed) -> None:
    shadowed.world.roll_out(Rollout(capability="enrollment", shadow=5_000))
    async with shadowed.world.client() as client:
        for n in range(40):
            await client.get(f"{READ}?{n}")
    ids = [line["id"] for line in await shadowed.world.log(40)]
    drawn = [
        f"GET {READ}?{n}" for n, each in enumerate(ids) if _draw(each.encode()) % 10_000 < 5_000
    ]

    await shadowed.counted(same=len(drawn))

    assert 0 < len(drawn) < 40
    assert sorted(shadowed.world.modern.targets) == sorted(drawn)


async def test_what_modern_serves_is_not_shadowed(shadowed: Shadowed) -> None:
    shadowed.world.roll_out(Rollout(capability="enrollment", everyone=True, shadow=10_000))

    await shadowed.ask()

    assert shadowed.world.legacy.received == []
    assert len(shadowed.world.modern.received) == 1


async def test_a_large_answer_passes_whole_and_is_only_counted(redis_url: str) -> None:
    async with shadowed_world(redis_url, answer_bytes=1000) as shadowed:
        shadowed.world.legacy.scripts[READ] = saying("x" * 100_000)

        answer = await shadowed.ask()

        shadowed.world.legacy.scripts[READ] = saying("the same")
        await shadowed.ask(target=f"{READ}?small")
        await shadowed.counted(too_large=1, same=1)
        assert len(answer) == 100_002
        assert shadowed.world.modern.targets == [f"GET {READ}?small"]


async def test_a_large_answer_of_modern_is_given_up(redis_url: str) -> None:
    async with shadowed_world(redis_url, answer_bytes=1000) as shadowed:
        shadowed.world.modern.scripts[READ] = saying("x" * 100_000)

        await shadowed.ask()

        await shadowed.counted(unanswered=1)


async def test_the_oldest_make_room_and_every_drop_is_counted(redis_url: str) -> None:
    async with shadowed_world(redis_url, waiting=2, at_once=1) as shadowed:
        modern, hanging = shadowed.world.modern, Hanging()
        modern.scripts[READ] = hanging
        async with shadowed.world.client() as client:
            await client.get(f"{READ}?0")
            await until(lambda: modern.received)
            for n in range(1, 6):
                await client.get(f"{READ}?{n}")

        await shadowed.counted(queue_full=3)
        hanging.released.set()
        await shadowed.counted(queue_full=3, same=3)
        assert modern.targets == [f"GET {READ}?{n}" for n in (0, 4, 5)]


async def test_a_modern_that_is_down_is_counted_and_opens_no_breaker_of_the_learners(
    shadowed: Shadowed,
) -> None:
    await shadowed.world.modern.stop()

    for _ in range(8):
        await shadowed.ask()

    await shadowed.counted(unanswered=8)
    upstreams = shadowed.world.server.report()["upstreams"].values()
    assert {each["breaker"] for each in upstreams} == {"closed"}


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
    ],
)
async def test_an_answer_that_breaks_off_is_no_answer(shadowed: Shadowed, answer: bytes) -> None:
    async def broken(talk: Conversation) -> None:
        await talk.send(answer)
        talk.writer.close()

    shadowed.world.modern.scripts[READ] = broken

    assert await shadowed.ask() == ANSWER

    await shadowed.counted(unanswered=1)


async def test_a_modern_that_takes_too_long_is_given_up(redis_url: str) -> None:
    async with shadowed_world(redis_url, answer_seconds=0.01) as shadowed:
        shadowed.world.modern.scripts[READ] = Hanging()

        await shadowed.ask()

        await shadowed.counted(unanswered=1)


async def test_a_learner_who_leaves_within_the_answer_is_not_shadowed(shadowed: Shadowed) -> None:
    async def half(talk: Conversation) -> None:
        await talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")

    shadowed.world.legacy.scripts[READ] = half
    async with Client(shadowed.world.port) as client:
        await client.send(f"GET {READ} HTTP/1.1\r\n".encode() + HOST + b"\r\n")
        await client.read()
        found = client.writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.writer.transport.abort()
    await shadowed.world.log(1)

    assert shadowed.world.modern.received == []
    assert shadowed.counts().total() == 0


async def test_ending_does_not_wait_for_modern(redis_url: str) -> None:
    async with shadowed_world(redis_url) as shadowed:
        shadowed.world.modern.scripts[READ] = Hanging()
        await shadowed.ask()
        await until(lambda: shadowed.world.modern.received)
