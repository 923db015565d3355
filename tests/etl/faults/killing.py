"""Workers that are killed at random points and started again, as a supervisor would start them."""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Final

import psycopg

from deploy.stack.reach import connect_mysql
from tests.etl.faults.forked import Forked
from tests.etl.world import World, wait_until

TABLES: Final = ("student_courseenrollment", "auth_user")
FOLLOW: Final = ("follow",)
# Copies anew, in chunks so small that a kill falls between them.
BACKFILL: Final = ("backfill", "--resnapshot", "--tables", *TABLES, "--chunk", "7")
COPY_ON: Final = ("backfill", "--tables", *TABLES)
WRITE_BACK: Final = ("write-back",)
PATIENCE_SECONDS: Final = 60.0
_MOVED_FORWARD: Final = (
    'SELECT file, "offset", (SELECT sum(copied) FROM bridge.checkpoint) FROM bridge.position'
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How many kills for each direction, at least, and for how long; and by which seed.

    Among the first kills of the forward direction are copies made anew.
    """

    seed: int
    kills: int = 0
    seconds: float = 0.0
    first_kills: int = 0


@dataclass(frozen=True, slots=True)
class Kill:
    """Which worker was killed, and whether it had committed something before."""

    command: str
    at_work: bool


@dataclass(slots=True)
class Role:
    """One direction: what runs there, what shows that it works, and what became of it."""

    command: tuple[str, ...]
    progress: Callable[[], object]
    kills: list[Kill] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def kill_forward(world: World, role: Role, draw: random.Random, plan: Plan) -> None:
    """Kill copies and followers in turn, let a copy come to its end, then kill followers alone.

    A copy made anew heals what was lost before it: it has to be over long before the end.
    """
    while len(role.kills) < plan.first_kills and not role.failures:
        kill_once(world, role, draw, draw.choice((BACKFILL, FOLLOW)))
    ended = Forked.start(world.environment, *COPY_ON).ended()
    if ended.code != 0:
        role.failures.append(f"{COPY_ON}: {ended}")
    kill_again_and_again(world, role, draw, plan)


def kill_again_and_again(world: World, role: Role, draw: random.Random, plan: Plan) -> None:
    """Start, kill, start again, until the direction had its share."""
    began = time.monotonic()
    while len(role.kills) < plan.kills or time.monotonic() - began < plan.seconds:
        if role.failures:
            return
        kill_once(world, role, draw, role.command)


def kill_once(world: World, role: Role, draw: random.Random, command: tuple[str, ...]) -> None:
    """Start a worker and kill it at some moment, if it has not come to its end."""
    process = Forked.start(world.environment, *command)
    at_work = _wait_for_the_moment(role, process, draw)
    process.kill()
    ended = process.ended()
    if ended.code == -signal.SIGKILL:
        role.kills.append(Kill(process.name, at_work))
    # A backfill may come to its end; whoever else ends by himself was not to.
    elif (process.name, ended.code) != ("backfill", 0):
        role.failures.append(f"{process.name}: {ended}")


def _wait_for_the_moment(role: Role, process: Forked, draw: random.Random) -> bool:
    """Wait for a random moment after the start, or more often after the first commit."""
    if draw.random() < 0.2:
        threading.Event().wait(draw.uniform(0.0, 0.3))
        return False
    before = role.progress()
    wait_until(
        lambda: not process.is_running() or role.progress() != before, seconds=PATIENCE_SECONDS
    )
    threading.Event().wait(draw.uniform(0.0, 0.25) * draw.randrange(2))
    return True


@contextmanager
def roles(world: World) -> Iterator[tuple[Role, Role]]:
    """Both directions, each watched over a connection of its own."""
    legacy_url = world.environment["LEGACY_DATABASE_URL"]
    with (
        closing(connect_mysql(legacy_url)) as legacy,
        psycopg.connect(world.environment["DATABASE_URL"], autocommit=True) as modern,
    ):
        legacy.query("SET autocommit = 1")

        def moved_forward() -> object:
            return modern.execute(_MOVED_FORWARD).fetchall()

        def mark() -> object:
            with legacy.cursor() as cursor:
                cursor.execute("SELECT last_seq FROM bridge_origin")
                return cursor.fetchone()

        yield (
            Role(FOLLOW, moved_forward),
            Role(WRITE_BACK, mark),
        )


def kill_both(world: World, plan: Plan) -> tuple[Role, Role]:
    """Kill workers of both directions at the same time, until each had its share."""
    with roles(world) as (forward, back):
        works = ((kill_forward, forward), (kill_again_and_again, back))
        threads = [
            threading.Thread(target=work, args=(world, role, _draw(plan, role), plan))
            for work, role in works
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return forward, back


def _draw(plan: Plan, role: Role) -> random.Random:
    return random.Random(f"{plan.seed} {role.command}")
