"""Both sides write the same rows while both workers are killed: afterwards both sides are equal.

The table is copied anew all the while. Each entry here has failed with a simpler mechanism:
dropping echoes, comparing whole rows, draining by sequence or by the oldest transaction, storing a
chunk after the batch, which locked rows in two orders.
"""

import random
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest

from deploy.stack.reach import connect_mysql
from etl.following import recopies
from etl.following.recopies import Recopy
from tests.etl.world import World, wait_until

if TYPE_CHECKING:
    from subprocess import Popen

ROWS = 40
MODES = ("audit", "honor", "verified")
KILLS = 6
# Four writers at this pace keep both workers at work without outrunning them.
PAUSE_SECONDS = 0.02
COURSE = "course-v1:LabU+CAT{:02d}+2016"


@pytest.fixture
def contested(bridged: World) -> list[int]:
    """Ids of enrolments that both sides will write."""
    users = [int(str(key)) for (key,) in bridged.legacy_rows("SELECT id FROM auth_user")]
    pairs = [(user, COURSE.format(number)) for user in users for number in (4, 5)][:ROWS]
    bridged.write_many(
        "INSERT IGNORE INTO student_courseenrollment (user_id, course_id, created, is_active, mode)"
        " VALUES (%s, %s, '2026-01-01', 1, 'audit')",
        pairs,
    )
    bridged.caught_up()
    found = bridged.rows("SELECT id FROM enrollment_enrollment ORDER BY id DESC LIMIT %s", ROWS)
    return [int(str(key)) for (key,) in found]


class Workers:
    """Both workers as processes, restarted as a supervisor would."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.running = {name: self.start(name) for name in ("follow", "write-back")}

    def start(self, name: str) -> "Popen[str]":
        return self.world.etl_process(name)

    def kill(self, name: str) -> None:
        """End a worker where it stands and start another one."""
        self.running[name].kill()
        self.running[name].communicate()
        self.running[name] = self.start(name)

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.communicate(timeout=60)


@contextmanager
def working(world: World) -> Iterator[Workers]:
    workers = Workers(world)
    try:
        yield workers
    finally:
        workers.stop()


def write_legacy(world: World, keys: list[int], seed: int, enough: threading.Event) -> None:
    draw = random.Random(seed)
    with closing(connect_mysql(world.environment["LEGACY_DATABASE_URL"])) as connection:
        while not enough.wait(PAUSE_SECONDS):
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE student_courseenrollment SET mode = %s, is_active = %s WHERE id = %s",
                    (draw.choice(MODES), draw.randrange(2), draw.choice(keys)),
                )
            connection.commit()


def write_modern(world: World, keys: list[int], seed: int, enough: threading.Event) -> None:
    """Write in transactions of three statements, whose order of commit is not that of their ids."""
    draw = random.Random(seed)
    with psycopg.connect(world.settings.modern) as connection:
        while not enough.wait(PAUSE_SECONDS):
            for key in sorted(draw.sample(keys, 3)):
                connection.execute(
                    "UPDATE enrollment_enrollment SET mode = %s, active = %s WHERE id = %s",
                    (draw.choice(MODES), bool(draw.randrange(2)), key),
                )
            connection.commit()


@contextmanager
def writing(world: World, keys: list[int]) -> Iterator[None]:
    """Let two writers on each side write for as long as the block runs."""
    enough = threading.Event()
    threads = [
        threading.Thread(target=write, args=(world, keys, seed, enough))
        for seed, write in enumerate((write_legacy, write_modern, write_legacy, write_modern))
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        enough.set()
        for thread in threads:
            thread.join()


def progress(world: World, name: str) -> object:
    """What changes when a worker commits something."""
    if name == "follow":
        return world.rows('SELECT file, "offset" FROM bridge.position')
    return world.legacy_rows("SELECT last_seq FROM bridge_origin")


def kill_at_work(workers: Workers, name: str) -> None:
    """Kill a worker after it committed something, which it does all the time."""
    before = progress(workers.world, name)
    wait_until(lambda: progress(workers.world, name) != before, seconds=60)
    workers.kill(name)


def copy_anew(world: World) -> None:
    """Ask for a copy of the table beside the log: its chunks may undo no write of either side."""
    with world.modern.transaction():
        recopies.ask(world.modern, Recopy("student_courseenrollment", sweep=True))


def is_copied_anew(world: World) -> bool:
    return world.rows("SELECT FROM bridge.recopy WHERE phase <> 'done'") == []


def is_carried(world: World) -> bool:
    """Whether legacy contains every modern write, and a follower is there to bring the rest."""
    status = world.etl("status", "--json").output
    return '"outbox": 0' in status and '"running": true' in status


@pytest.mark.timeout(600)
def test_both_sides_are_equal_after_writers_and_kills_and_nothing_goes_round(
    bridged: World, contested: list[int]
) -> None:
    draw = random.Random(20260101)
    with working(bridged) as workers:
        with writing(bridged, contested):
            for _ in range(KILLS):
                copy_anew(bridged)
                kill_at_work(workers, draw.choice(["follow", "write-back"]))
        wait_until(lambda: is_carried(bridged) and is_copied_anew(bridged), seconds=60)
        entries = bridged.value("SELECT max(seq) FROM bridge.outbox")
        outcome = bridged.etl("verify", "--tables", "student_courseenrollment")

        assert outcome.code == 0, outcome.output
        assert bridged.value("SELECT max(seq) FROM bridge.outbox") == entries
