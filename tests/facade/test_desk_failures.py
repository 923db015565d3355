"""What becomes of a request whose upstream fails: reads may fall back, writes never do."""

from tests.facade.conftest import BRIDGE_KEY, World
from tests.facade.enrolling import ADA, FOR_ADA, FOR_ALL, READ, get, post
from tests.facade.people import People, claim_of
from tests.facade.upstream import Conversation


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
