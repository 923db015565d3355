"""The way of a request: who answers it, and as whom it is known there."""

from collections.abc import AsyncIterator

import pytest

from facade.settings import Address
from flags.rollout import Rollout
from tests.facade.conftest import BRIDGE_KEY, World, world_of
from tests.facade.enrolling import ADA, COURSE, FOR_ADA, FOR_ALL, FOR_COURSE, HONOR, READ, get, post
from tests.facade.people import ACTOR, People, claim_of
from tests.facade.upstream import running


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
