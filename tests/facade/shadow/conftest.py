"""A worker whose shadow asks at once, and what it says into Redis."""

import contextlib
import dataclasses
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from facade.limits import ShadowLimits
from facade.shadow.report import STREAM
from flags.rollout import Rollout
from tests.facade.conftest import BRIDGE_KEY, World, until, world_of
from tests.facade.people import People
from tests.facade.upstream import Conversation

READ = "/api/enrollment/v1/enrollment"
ADA = "Cookie: sessionid=ada-session"
EVERY_ANSWER = Rollout(capability="enrollment", shadow=10_000)
AT_ONCE = ShadowLimits(retry_seconds=0.0, baseline_share=0)
ANSWER = b'"the same"'
JSON = "Content-Type: application/json"

Answering = Callable[[Conversation], Awaitable[None]]


@dataclass(slots=True)
class Shadowed:
    """A world in which legacy serves, and what its shadow reported so far."""

    world: World
    people: People
    redis: "redis.Redis"

    def reports(self) -> list[dict[str, Any]]:
        entries: Any = self.redis.xrange(STREAM)
        return [json.loads(fields[b"report"]) for _, fields in entries]

    def counts(self) -> Counter[str]:
        """How often each outcome was counted, whether reported or not."""
        events = self.world.server.report()["events"]
        names = {name.removeprefix("shadow_"): n for name, n in events.items() if "shadow_" in name}
        return Counter(names)

    async def counted(self, **expected: int) -> None:
        """Wait for outcomes to be counted, and nothing else to have been."""
        await until(lambda: self.counts().total() >= sum(expected.values()))
        assert self.counts() == Counter(expected)

    async def report(self) -> dict[str, Any]:
        """The first report that is sent."""
        found: list[dict[str, Any]] = await until(self.reports)
        return found[0]

    async def ask(self, *lines: str, target: str = READ) -> bytes:
        async with self.world.client() as client:
            answer = await client.get(target, *lines)
        return bytes(answer.body)


@pytest.fixture
async def shadowed(redis_url: str) -> AsyncIterator[Shadowed]:
    async with shadowed_world(redis_url) as made:
        yield made


@contextlib.asynccontextmanager
async def shadowed_world(
    redis_url: str, *, rules: Path | None = None, **limits: Any
) -> AsyncIterator[Shadowed]:
    """A world with limits of its own."""
    shadow = dataclasses.replace(AT_ONCE, **limits)
    async with world_of(redis_url=redis_url, shadow=shadow, parity_rules=rules) as world:
        people = People(BRIDGE_KEY, {"ada-session": "ada"})
        people.live_in(world.legacy, world.modern)
        world.legacy.scripts[READ] = world.modern.scripts[READ] = saying("the same")
        world.roll_out(EVERY_ANSWER)
        with redis.Redis.from_url(redis_url) as client:
            yield Shadowed(world, people, client)


def saying(*contents: Any) -> Answering:
    """Answer with these contents as JSON, one after the other, the last for ever."""
    left = [json.dumps(content).encode() for content in contents]

    async def answer(talk: Conversation) -> None:
        body = left.pop(0) if len(left) > 1 else left[0]
        await talk.answer(body, "200 OK", JSON)

    return answer
