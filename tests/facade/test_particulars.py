"""What a decision waits for: who asks, and the course in a body."""

import asyncio

import pytest

from flags.rollout import Rollout
from tests.facade.client import HOST
from tests.facade.conftest import BRIDGE_KEY, World, until
from tests.facade.enrolling import (
    ADA,
    COURSE,
    ENROLL,
    FOR_ADA,
    FOR_ALL,
    FOR_COURSE,
    JSON,
    READ,
    get,
    post,
)
from tests.facade.people import ACCOUNTS, People, claim_of
from tests.facade.upstream import Conversation


async def test_who_asks_is_learnt_once_however_many_ask_at_once(
    world: World, people: People
) -> None:
    world.roll_out(FOR_ADA)
    answers = await asyncio.gather(*[get(world, ADA) for _ in range(10)])
    assert {bytes(answer.body) for answer in answers} == {b"modern"}
    assert people.asked_legacy == ["sessionid=ada-session"]
    assert len(people.asked_modern) == 1


async def test_an_anonymous_request_costs_no_question(world: World, people: People) -> None:
    world.roll_out(FOR_ALL)
    answer = await get(world, "Cookie: csrftoken=x")
    assert (answer.body, answer.receipt) == (b"modern", "enrollment;modern;everyone")
    assert world.modern.received[0].values("x-bridge-identity") == []
    assert people.asked_legacy == []


async def test_a_session_that_ended_is_nobody(world: World, people: People) -> None:
    world.roll_out(FOR_ALL)
    answer = await get(world, "Cookie: sessionid=unknown")
    assert answer.receipt == "enrollment;modern;everyone"
    assert world.modern.received[-1].values("x-bridge-identity") == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (FOR_ALL, Rollout(capability="enrollment"), "legacy;not-included"),
        (Rollout(capability="enrollment", users=frozenset({6})), FOR_ALL, "modern;everyone"),
        (FOR_ADA, FOR_COURSE, "modern;courses"),
    ],
)
async def test_a_flip_while_it_is_learnt_who_asks_decides(
    world: World, people: People, before: Rollout, after: Rollout, expected: str
) -> None:
    async def flipping(talk: Conversation) -> None:
        world.roll_out(after, epoch=2)
        await people.accounts(talk)

    world.legacy.scripts[ACCOUNTS] = flipping
    world.roll_out(before)
    async with world.client() as client:
        head = f"POST {READ} HTTP/1.1\r\n{JSON}\r\n{ADA}\r\nContent-Length: {len(ENROLL)}\r\n"
        await client.send(head.encode() + HOST + b"\r\n" + ENROLL[:9])
        await until(lambda: people.asked_legacy)
        await client.send(ENROLL[9:])
        assert (await client.answer("POST")).receipt == f"enrollment;{expected}"
    side = world.modern if expected.startswith("modern") else world.legacy
    assert side.received[-1].body == ENROLL


async def test_a_flip_while_the_body_comes_that_names_the_course_decides(
    world: World, people: People
) -> None:
    world.roll_out(FOR_COURSE)
    async with world.client() as client:
        head = f"POST {READ} HTTP/1.1\r\n{JSON}\r\nContent-Length: {len(ENROLL)}\r\n"
        await client.send(head.encode() + HOST + b"Expect: 100-continue\r\n\r\n")
        assert (await client.read()).startswith(b"HTTP/1.1 100 ")
        world.roll_out(Rollout(capability="enrollment"), epoch=2)
        await client.send(ENROLL)
        assert (await client.answer("POST")).receipt == "enrollment;legacy;not-included"
    assert world.legacy.received[-1].body == ENROLL


async def test_a_token_is_asked_about_alone_and_modern_is_told_that_it_was_one(
    world: World, people: People
) -> None:
    people.credentials["Bearer t0ken"] = "honor"
    world.roll_out(FOR_ALL)
    await get(world, ADA, "Authorization: Bearer t0ken")
    assert people.asked_legacy == ["Bearer t0ken"]
    claim = claim_of(world.modern.received[-1], BRIDGE_KEY)
    assert (claim.username, claim.via.value) == ("honor", "bearer")


@pytest.mark.parametrize("proof", [ADA, "X-Edx-Api-Key: of-integrations"])
async def test_a_write_with_a_bad_token_cannot_ride_on_another_proof(
    world: World, people: People, proof: str
) -> None:
    world.roll_out(FOR_ALL)
    answer = await post(world, proof, "Authorization: JWT nonsense")
    assert answer.receipt == "enrollment;modern;everyone"
    assert people.asked_legacy == ["JWT nonsense"]
    assert world.modern.received[-1].values("x-bridge-identity") == []
    assert f"POST {READ}" not in world.legacy.targets


@pytest.mark.parametrize("target", [f"/api/enrollment/v1/course/{COURSE}", "/change_enrollment"])
async def test_a_course_in_the_path_decides(world: World, people: People, target: str) -> None:
    world.roll_out(FOR_COURSE)
    expected = "courses" if COURSE in target else "not-included"
    assert (await get(world, target=target)).receipt.endswith(expected)


async def test_a_course_in_the_body_decides_and_the_body_arrives_whole(
    world: World, people: People
) -> None:
    world.roll_out(FOR_COURSE)
    answer = await post(world, ADA)
    assert (answer.body, answer.receipt) == (b"modern", "enrollment;modern;courses")
    assert world.modern.received[-1].body == ENROLL
    assert claim_of(world.modern.received[-1], BRIDGE_KEY).username == "ada"
    other = ENROLL.replace(b"DemoX", b"Other")
    assert (await post(world, body=other)).body == b"legacy"
    assert world.legacy.received[-1].body == other


async def test_a_course_is_found_in_chunks_that_are_waited_for_with_100_continue(
    world: World, people: People
) -> None:
    world.roll_out(FOR_COURSE)
    head = (
        f"POST {READ} HTTP/1.1\r\n{JSON}\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
    )
    async with world.client() as client:
        await client.send(head.encode() + HOST + b"\r\n")
        assert await client.read() == b"HTTP/1.1 100 Continue\r\n\r\n"
        await client.send(b"%x\r\n%b\r\n" % (len(ENROLL), ENROLL))
        await client.send(b"0\r\n\r\n")
        assert (await client.answer()).receipt == "enrollment;modern;courses"
    assert world.modern.received[-1].body == ENROLL


async def test_a_body_too_large_to_hold_is_decided_without_its_course(
    world: World, people: People
) -> None:
    world.roll_out(FOR_COURSE)
    padded = ENROLL + b" " * 200_000
    assert (await post(world, body=padded)).body == b"legacy"
    assert world.legacy.received[-1].body == padded
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(padded), padded)
    async with world.client() as client:
        head = f"POST {READ} HTTP/1.1\r\n{JSON}\r\nTransfer-Encoding: chunked\r\n"
        await client.send(head.encode() + HOST + b"\r\n" + chunked)
        assert (await client.answer()).body == b"legacy"


async def test_while_nobody_can_say_who_asks_reads_stay_and_writes_wait(
    world: World, people: People
) -> None:
    async def broken(talk: Conversation) -> None:
        await talk.answer(b"", "500 Internal Server Error")

    world.roll_out(FOR_ADA)
    world.legacy.scripts[ACCOUNTS] = broken
    assert (await get(world, ADA)).receipt == "enrollment;legacy;actor-unknown"
    answer = await post(world, ADA)
    assert (answer.status, answer.receipt) == (503, "enrollment;none;actor-unknown")
    assert (await get(world)).receipt == "enrollment;legacy;not-included"
    assert world.modern.received == []


async def test_a_user_whom_modern_does_not_know_yet_reads_from_legacy(
    world: World, people: People
) -> None:
    people.credentials["new-session"] = "newcomer"
    world.roll_out(FOR_ALL)
    answer = await get(world, "Cookie: sessionid=new-session")
    assert answer.receipt == "enrollment;legacy;actor-unknown"


async def test_a_logout_that_passes_by_is_noticed_at_once(world: World, people: People) -> None:
    world.roll_out(FOR_ADA)
    assert (await get(world, ADA)).body == b"modern"
    del people.credentials["ada-session"]
    assert (await get(world, ADA)).body == b"modern"
    await get(world, ADA, target="/logout")
    assert (await get(world, ADA)).body == b"legacy"


async def test_a_client_that_leaves_while_its_actor_is_learnt_is_not_forwarded(
    world: World, people: People
) -> None:
    release = asyncio.Event()

    async def slow(talk: Conversation) -> None:
        await release.wait()
        await people.accounts(talk)

    world.roll_out(FOR_ADA)
    world.legacy.scripts[ACCOUNTS] = slow
    async with world.client() as client:
        await client.send(f"POST {READ} HTTP/1.1\r\n{ADA}\r\n".encode() + HOST)
        await client.send(b"Content-Length: 2\r\n\r\nhi")
        await until(lambda: world.legacy.received)
        client.writer.transport.abort()
    await until(lambda: not world.server.report()["clients"])
    release.set()
    assert (await get(world, ADA)).body == b"modern"
    assert f"POST {READ}" not in world.modern.targets + world.legacy.targets
