"""Time of one decision, route and rollout rule together: `python -m bench.decide`.

All routes of the release, a rollout per capability by users and percent, 300 different requests.
"""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

from bench import _facade_world
from facade.decide import Conditions, decide
from facade.routes import RouteTable
from flags.actor import Actor
from flags.routes import ROUTES, Service

if TYPE_CHECKING:
    from collections.abc import Callable

TARGETS = [b"/courses/course-v1:edX+DemoX+2016/courseware/b%%2B%d/" % user for user in range(300)]
ACTORS = [Actor(user_id=user, username=f"user{user}") for user in range(300)]
UP = Conditions(epoch=1, modern_up=True)


def best(function: Callable[[], object], *, rounds: int = 15) -> tuple[float, float]:
    """Return the best and the median time per request, in microseconds."""
    found = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(10):
            function()
        found.append((time.process_time() - start) / (10 * len(TARGETS)) * 1e6)
    return min(found), median(found)


def main() -> None:
    table = RouteTable(ROUTES, Service.LMS)
    rollouts = _facade_world.snapshot().rollouts
    paths = [target.decode().replace("%2B", "+").encode() for target in TARGETS]

    def whole() -> None:
        for target, actor in zip(TARGETS, ACTORS, strict=True):
            match = table.match(b"GET", target)
            assert match is not None
            access = match.route.access("GET")
            decide(access, rollouts[match.route.capability], actor, course_key=None, now=UP)

    def route_known() -> None:
        for target in TARGETS:
            table.match(b"GET", target)

    def route_new() -> None:
        for path in paths:
            table.find("GET", path)

    for name, function in (
        ("route + rollout rule", whole),
        ("route, path seen before", route_known),
        ("route, path never seen", route_new),
    ):
        low, middle = best(function)
        print(f"{name:<24} best {low:5.2f}, median {middle:5.2f} us")


if __name__ == "__main__":
    main()
