"""Requests of enrolment, the capability that tests of the desk roll out, and rollouts of it."""

import json

from flags.rollout import Rollout
from tests.facade.client import Answer
from tests.facade.conftest import World

READ = "/api/enrollment/v1/enrollment"
COURSE = "course-v1:edX+DemoX+2016"
ADA = "Cookie: sessionid=ada-session"
HONOR = "Cookie: sessionid=honor-session"
FOR_ADA = Rollout(capability="enrollment", users=frozenset({4}))
FOR_ALL = Rollout(capability="enrollment", everyone=True)
FOR_COURSE = Rollout(capability="enrollment", courses=frozenset({COURSE}))
ENROLL = json.dumps({"course_details": {"course_id": COURSE}}).encode()
JSON = "Content-Type: application/json"


async def get(world: World, *lines: str, target: str = READ) -> Answer:
    async with world.client() as client:
        return await client.get(target, *lines)


async def post(world: World, *lines: str, body: bytes = ENROLL) -> Answer:
    async with world.client() as client:
        return await client.ask("POST", READ, JSON, *lines, body=body)
