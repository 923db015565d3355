"""Workers that are killed at random points and started again, as a supervisor would start them."""

import random
import signal
import threading
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
WRITE_BACK: Final = ("write-back",)
PATIENCE_SECONDS: Final = 60.0
_MOVED_FORWARD: Final = (
    'SELECT file, "offset", (SELECT sum(copied) FROM bridge.checkpoint) FROM bridge.position'
)


@dataclass(frozen=True, slots=True)
class Kill:
    """Which worker was killed, and whether it had committed something before."""

    command: str
    at_work: bool


@dataclass(slots=True)
class Role:
    """One direction: what may run there, what shows that it works, and what became of it."""

    commands: tuple[tuple[tuple[str, ...], float], ...]
    progress: Callable[[], object]
    kills: list[Kill] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def draw(self, draw: random.Random) -> tuple[str, ...]:
        """Choose what to start, by weight."""
        commands, weights = zip(*self.commands, strict=True)
        (chosen,) = draw.choices(commands, weights)
        return chosen


def kill_again_and_again(
    world: World, role: Role, draw: random.Random, over: Callable[[Role], bool]
) -> None:
    """Start, kill, start again, until it is over."""
    while not over(role):
        command = role.draw(draw)
        process = Forked.start(world.environment, *command)
        at_work = _wait_for_the_moment(role, process, draw)
        process.kill()
        ended = process.ended()
        if ended.code == -signal.SIGKILL:
            role.kills.append(Kill(process.name, at_work))
        # A backfill may come to its end; whoever else ends by himself was not to.
        elif (process.name, ended.code) != ("backfill", 0):
            role.failures.append(f"{process.name}: {ended}")
            return


def _wait_for_the_moment(role: Role, process: Forked, draw: random.Random) -> bool:
    """Wait for a random moment after the start, or more often after the first commit."""
    if draw.random() < 0.2:
        threading.Event().wait(draw.uniform(0.0, 0.3))
        return False
    before = role.progress()
    wait_until(
        lambda: not process.is_running() or role.progress() != before, seconds=PATIENCE_SECONDS
    )
    threading.Event().wait(draw.uniform(0.0, 0.25))
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

        def mark() -> object:
            with legacy.cursor() as cursor:
                cursor.execute("SELECT last_seq FROM bridge_origin")
                return cursor.fetchone()

        yield (
            Role(
                commands=((FOLLOW, 0.7), (BACKFILL, 0.3)),
                progress=lambda: modern.execute(_MOVED_FORWARD).fetchall(),
            ),
            Role(commands=((WRITE_BACK, 1.0),), progress=mark),
        )


def kill_both(world: World, seed: int, over: Callable[[Role], bool]) -> tuple[Role, Role]:
    """Kill workers of both directions at the same time, until it is over for each of them."""
    with roles(world) as both:
        threads = [
            threading.Thread(
                target=kill_again_and_again,
                args=(world, role, random.Random(f"{seed} kills {number}"), over),
            )
            for number, role in enumerate(both)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return both
