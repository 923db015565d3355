"""The way of a request: who answers it, as whom it is known there, and what happens
when one fails.
"""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from facade.settings import Address
from flags.rollout import Rollout
from tests.facade.client import HOST, Answer
from tests.facade.conftest import BRIDGE_KEY, World, until, world_of
from tests.facade.people import ACCOUNTS, ACTOR, People, claim_of
from tests.facade.upstream import Conversation, running

READ = "/api/enrollment/v1/enrollment"
COURSE = "course-v1:edX+DemoX+2016"
ADA = "Cookie: sessionid=ada-session"
HONOR = "Cookie: sessionid=honor-session"
FOR_ADA = Rollout(capability="enrollment", users=frozenset({4}))
FOR_ALL = Rollout(capability="enrollment", everyone=True)
FOR_COURSE = Rollout(capability="enrollment", courses=frozenset({COURSE}))
ENROLL = json.dumps({"course_details": {"course_id": COURSE}}).encode()
JSON = "Content-Type: application/json"


@pytest.fixture
def people(world: World) -> People:
    found = People(BRIDGE_KEY, {"ada-session": "ada", "honor-session": "honor"})
    found.live_in(world.legacy, world.modern)
    return found


async def get(world: World, *lines: str, target: str = READ) -> Answer:
    async with world.client() as client:
        return await client.get(target, *lines)


async def post(world: World, *lines: str, body: bytes = ENROLL) -> Answer:
    async with world.client() as client:
        return await client.ask("POST", READ, JSON, *lines, body=body)


async def test_without_a_rollout_legacy_serves_and_nobody_asks_who_asks(
    world: World, people: People
) -> None:
    answer = await get(world, ADA)
    assert (answer.body, answer.receipt) == (b"legacy", "enrollment;legacy;not-included")
    assert people.asked_legacy == []


async def test_modern_serves_the_chosen_user_and_is_told_who_it_is(
    world: World, people: People
) -> None:
    world.roll_out(FOR_ADA, epoch=12)
    answer = await get(world, ADA, target=f"{READ}?user=ada")
    assert answer.body == b"modern"
    assert answer.values("x-bridge-decision") == ["enrollment;modern;12;users"]
    request = world.modern.received[-1]
    assert (claim_of(request, BRIDGE_KEY).username, request.values("cookie")) == (
        "ada",
        ["sessionid=ada-session"],
    )


async def test_everybody_else_stays_on_legacy_without_an_identity(
    world: World, people: People
) -> None:
    world.roll_out(FOR_ADA)
    for lines in ((HONOR,), (), ("Cookie: sessionid=unknown",), ("Cookie: sessionid=malformed",)):
        answer = await get(world, *lines)
        assert (answer.body, answer.receipt) == (b"legacy", "enrollment;legacy;not-included")
        assert world.legacy.received[-1].values("x-bridge-identity") == []
    assert [each for each in world.modern.targets if ACTOR not in each] == []


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


@pytest.mark.parametrize(
    "forged",
    [
        "X-Bridge-Identity: v1.eyJ1biI6ICJhZGEifQ.bWFj",
        "X_Bridge_Identity: v1.eyJ1biI6ICJhZGEifQ.bWFj",
        "x-bridge-decision: enrollment;modern;1;users",
    ],
)
async def test_a_forged_internal_header_reaches_neither_side(
    world: World, people: People, forged: str
) -> None:
    for rollout in (FOR_ALL, Rollout(capability="enrollment")):
        world.roll_out(rollout)
        await get(world, forged)
    heads = [each.head.lower() for each in (*world.legacy.received, *world.modern.received)]
    assert len(heads) == 2
    assert not [head for head in heads if b"bridge" in head]


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


@pytest.mark.parametrize("rollout", [FOR_ALL, FOR_ADA, FOR_COURSE])
@pytest.mark.parametrize("token", ["Bearer expired", "JWT nonsense"])
async def test_a_token_that_legacy_refuses_is_answered_by_legacy_in_its_own_words(
    world: World, people: People, rollout: Rollout, token: str
) -> None:
    world.roll_out(rollout)
    for answer in (
        await get(world, f"Authorization: {token}"),
        await get(world, f"Authorization: {token}", ADA),
        await post(world, f"Authorization: {token}"),
    ):
        assert (answer.body, answer.receipt) == (b"legacy", "enrollment;legacy;credential-refused")
    assert world.legacy.received[-1].values("authorization") == [token]
    assert world.modern.received == []


async def test_a_session_that_ended_is_nobody(world: World, people: People) -> None:
    world.roll_out(FOR_ALL)
    answer = await get(world, "Cookie: sessionid=unknown")
    assert answer.receipt == "enrollment;modern;everyone"
    assert world.modern.received[-1].values("x-bridge-identity") == []


@pytest.mark.parametrize("target", ["/api/v2/schema", "/api/v2/enrollments"])
async def test_modern_itself_refuses_the_tokens_of_its_own_api(
    world: World, people: People, target: str
) -> None:
    world.roll_out(FOR_ALL)
    await get(world, "Authorization: Bearer expired", target=target)
    assert world.modern.targets == [f"GET {target}"]


@pytest.mark.parametrize(
    ("method", "target", "capability"),
    [
        ("GET", "/u/ada", "accounts"),
        ("PATCH", "/api/user/v1/accounts/ada", "accounts"),
        ("POST", f"/courses/{COURSE}/enroll_staff", "enrollment"),
        ("GET", "/wiki/edX", "wiki"),
    ],
)
async def test_what_modern_does_not_serve_stays_on_legacy_whatever_is_rolled_out(
    world: World, people: People, method: str, target: str, capability: str
) -> None:
    world.roll_out(FOR_ALL, Rollout(capability=capability, everyone=True), epoch=3)
    async with world.client() as client:
        answer = await client.ask(method, target, ADA, body=b"")
    assert answer.values("x-bridge-decision") == [f"{capability};legacy;3;not-built"]
    assert people.asked_legacy == []
    assert world.modern.received == []


async def test_of_a_route_that_modern_only_reads_the_reads_are_flipped(
    world: World, people: People
) -> None:
    world.roll_out(Rollout(capability="accounts", everyone=True))
    answer = await get(world, target="/api/user/v1/accounts/ada")
    assert (answer.body, answer.receipt) == (b"modern", "accounts;modern;everyone")


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


async def test_reads_of_a_modern_that_is_down_are_served_by_legacy(
    world: World, people: People
) -> None:
    world.roll_out(FOR_ADA)
    assert (await get(world, ADA)).body == b"modern"
    await world.modern.stop()
    for _ in range(7):  # past the threshold of the breaker
        answer = await get(world, ADA)
        assert (answer.body, answer.receipt) == (b"legacy", "enrollment;legacy;modern-down")
        assert world.legacy.received[-1].values("x-bridge-identity") == []
    assert world.server.report()["upstreams"]["modern-lms"]["breaker"] == "open"


async def test_writes_to_a_modern_that_is_down_are_refused_and_reach_nobody(
    world: World, people: People
) -> None:
    world.roll_out(FOR_ALL)
    await world.modern.stop()
    for _ in range(7):
        answer = await post(world)
        assert (answer.status, answer.receipt) == (503, "enrollment;none;modern-down")
        assert answer.values("retry-after") == ["5"]
    assert world.legacy.received == []


async def test_a_modern_that_dies_before_its_first_byte_is_not_asked_twice_to_write(
    world: World, people: People
) -> None:
    async def dying(talk: Conversation) -> None:
        await talk.read_body()
        talk.reset()

    world.roll_out(FOR_ALL)
    world.modern.scripts[READ] = dying
    assert (await get(world)).receipt == "enrollment;legacy;modern-down"
    answer = await post(world)
    assert (answer.status, answer.receipt) == (502, "enrollment;none;modern-down")
    assert answer.values("retry-after") == []  # it may have been done: it asks for no repetition
    assert world.modern.targets == [f"GET {READ}", f"POST {READ}"]
    assert world.legacy.targets == [f"GET {READ}"]


async def test_with_both_down_a_read_gets_502_and_says_so(world: World, people: People) -> None:
    world.roll_out(FOR_ALL)
    await world.modern.stop()
    await world.legacy.stop()
    answer = await get(world)
    assert (answer.status, answer.receipt) == (502, "enrollment;none;legacy-down")


async def test_a_path_that_only_modern_has_does_not_fall_back(world: World, people: People) -> None:
    assert (await get(world, ADA, target="/api/v2/schema/")).receipt == "native;modern;native"
    assert claim_of(world.modern.received[-1], BRIDGE_KEY).username == "ada"
    await world.modern.stop()
    answer = await get(world, ADA, target="/api/v2/schema/")
    assert (answer.status, answer.receipt) == (503, "native;none;modern-down")


async def test_modern_s_own_api_of_a_capability_does_not_fall_back_either(
    world: World, people: People
) -> None:
    """Legacy would answer 404, which says that there are no enrolments."""
    world.roll_out(FOR_ADA)
    assert (await get(world, ADA, target="/api/v2/enrollments")).body == b"modern"
    await world.modern.stop()
    for _ in range(7):  # before and behind the breaker
        answer = await get(world, ADA, target="/api/v2/enrollments")
        assert (answer.status, answer.receipt) == (503, "enrollment;none;modern-down")
    assert [target for target in world.legacy.targets if "v2" in target] == []


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


async def test_a_snapshot_counts_from_the_next_request_on(world: World, people: People) -> None:
    async with world.client() as client:
        assert (await client.get(READ)).values("x-bridge-decision")[0].split(";")[1:3] == [
            "legacy",
            "0",
        ]
        world.roll_out(FOR_ALL, epoch=3)
        assert (await client.get(READ)).values("x-bridge-decision")[0].split(";")[1:3] == [
            "modern",
            "3",
        ]


@pytest.fixture
async def studio() -> AsyncIterator[World]:
    async with running("studio") as cms:
        legacy_cms = Address("127.0.0.1", cms.port)
        hosts = frozenset({"studio.example.org"})
        async with world_of(cms_hosts=hosts, legacy_cms=legacy_cms) as world:
            yield world


@pytest.mark.parametrize(
    ("host", "body"),
    [
        ("studio.example.org", b"studio"),
        ("STUDIO.example.org:8001", b"studio"),
        ("lms.example.org", b"legacy"),
    ],
)
async def test_the_host_says_which_service_is_meant(studio: World, host: str, body: bytes) -> None:
    async with studio.client() as client:
        await client.send(f"GET /home/ HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert (await client.answer()).body == body


async def test_the_log_says_what_happened_and_names_nobody(world: World, people: People) -> None:
    world.roll_out(FOR_ADA, epoch=5)
    await get(world, ADA, target=f"{READ}?user=ada")
    await get(world, ADA, "X-Request-ID: mine", target="/u/ada")
    lines = await world.log(2)
    assert [
        (line["route"], line["upstream"], line["reason"], line["status"], line["epoch"])
        for line in lines
    ] == [(READ, "modern", "users", 200, 5), ("/u/{username}", "legacy", "not-built", 200, 5)]
    assert world.legacy.received[-1].values("x-request-id") == [lines[1]["id"]]
    text = "".join(world.lines)
    assert not [secret for secret in ("ada", "session", "127.0.0.1", "mine") if secret in text]
