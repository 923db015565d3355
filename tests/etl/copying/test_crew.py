"""Several workers copy one table: each row once, whoever is killed; paused, ended and replaced."""

import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from etl.exclusive import Direction
from tests.etl.world import World, wait_until

if TYPE_CHECKING:
    import subprocess

TABLE = "student_courseenrollment"
BACKFILL = ("backfill", "--tables", TABLE)
ENROL = (
    "INSERT INTO student_courseenrollment (id, user_id, course_id, created, is_active, mode)"
    " SELECT seq * 2 + 10001, seq, 'course-v1:X+Y+Z', '2016-05-01', 1, 'audit' FROM seq_1_to_{rows}"
)


@pytest.fixture
def large(world: World) -> World:
    """A world with enrolments that are not copied yet."""
    assert world.etl("install").code == 0
    world.write(ENROL.format(rows=12_000))
    return world


def workers_of(process: "subprocess.Popen[str]") -> list[int]:
    """Find the processes that a backfill has started to copy."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [pid for pid in map(int, children) if b"spawn_main" in _command(pid)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def enrolments(world: World) -> object:
    return world.value("SELECT count(*) FROM enrollment_enrollment")


def assert_copied(world: World) -> None:
    """Compare both sides' keys; PostgreSQL's primary key keeps each from being there twice."""
    expected = world.legacy_rows(f"SELECT id FROM {TABLE} ORDER BY id")
    assert world.rows("SELECT id FROM enrollment_enrollment ORDER BY id") == expected
    assert world.rows("SELECT copied, done FROM bridge.checkpoint") == [(len(expected), True)]
    assert world.rows("SELECT * FROM bridge.chunk") == []


def test_workers_that_are_killed_again_and_again_copy_each_row_once(large: World) -> None:
    process = large.etl_process(*BACKFILL, "--workers", "3", "--chunk", "100", "--max-rate", "6000")
    killed = set()
    for least in (1_000, 2_000, 3_000, 4_000):
        wait_until(lambda least=least: enrolments(large) > least)
        victim = max(set(workers_of(process)) - killed)
        os.kill(victim, signal.SIGKILL)
        killed.add(victim)
    output, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (0, "")
    assert len(re.findall(r"worker \d died \(SIGKILL\): another takes its place", output)) == 4
    assert_copied(large)


def test_a_backfill_started_beside_another_helps_it(large: World) -> None:
    slow = large.etl_process(*BACKFILL, "--workers", "2", "--chunk", "100", "--max-rate", "1000")
    wait_until(lambda: enrolments(large) != 0)

    helped = large.etl(*BACKFILL, "--workers", "1")

    _, errors = slow.communicate(timeout=60)
    assert (helped.code, helped.errors, slow.returncode, errors) == (0, "", 0, "")
    assert not helped.output.startswith("0 rows copied")
    assert_copied(large)


def test_sigterm_ends_all_workers_after_their_chunks(large: World) -> None:
    process = large.etl_process(*BACKFILL, "--workers", "2", "--chunk", "100", "--max-rate", "1000")
    wait_until(lambda: enrolments(large) != 0)
    workers = workers_of(process)

    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (1, "")
    assert output.endswith("not finished: run `etl backfill` to go on\n")
    assert len(workers) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
    assert large.etl(*BACKFILL).code == 0
    assert_copied(large)


def test_workers_whose_backfill_was_killed_end_by_themselves(large: World) -> None:
    process = large.etl_process(*BACKFILL, "--workers", "2", "--chunk", "100", "--max-rate", "1000")
    wait_until(lambda: enrolments(large) != 0)
    workers = workers_of(process)

    process.kill()
    process.communicate(timeout=60)

    wait_until(lambda: not any(_command(pid) for pid in workers))
    assert large.value("SELECT count(*) FROM bridge.chunk") != 0
    assert large.etl(*BACKFILL).code == 0
    assert_copied(large)


@pytest.mark.parametrize("chunk", ["100", "700"])
def test_several_workers_copy_no_more_rows_than_they_may(large: World, chunk: str) -> None:
    arguments = (*BACKFILL, "--workers", "3", "--chunk", chunk)

    first = large.etl(*arguments, "--limit", "1000")

    assert (first.code, enrolments(large)) == (1, 1000)
    assert large.etl(*arguments).code == 0
    assert_copied(large)


def test_a_pause_holds_all_workers_until_they_are_to_go_on(large: World) -> None:
    assert large.etl("backfill", "--pause").output == (
        "backfills rest after the chunk that they are at\n"
    )
    process = large.etl_process(*BACKFILL, "--workers", "2", "--chunk", "100")
    assert process.stdout is not None
    said = iter(process.stdout.readline, "")
    resting = {next(line for line in said if "paused: `etl" in line)[:8] for _ in range(2)}
    assert resting == {"worker 1", "worker 2"}
    assert "paused, 2 workers" in next(line for line in said if "rows/s" in line)
    assert enrolments(large) == 0
    assert "\nbackfill: paused since " in large.etl("status").output

    assert large.etl("backfill", "--resume").output == "backfills go on\n"

    assert process.wait(timeout=60) == 0
    process.communicate()
    assert_copied(large)


def held(world: World, direction: Direction) -> list[int]:
    """Who holds the lock of a direction, by the numbers of their sessions."""
    sessions = world.rows(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        direction.value,
    )
    return [pid for (pid,) in sessions]


def test_a_backfill_whose_connections_are_all_cut_makes_new_ones_and_goes_on(large: World) -> None:
    process = large.etl_process(*BACKFILL, "--workers", "2", "--chunk", "100", "--max-rate", "4000")
    wait_until(lambda: enrolments(large) != 0 and len(held(large, Direction.COPYING)) == 2)

    large.rows(
        "SELECT pg_terminate_backend(pid) FROM unnest(%s) pid", held(large, Direction.FORWARD)
    )

    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert re.search(r"worker \d: .*trying again", output)
    assert_copied(large)


def test_what_stops_one_worker_stops_all_with_one_line(large: World) -> None:
    process = large.etl_process(*BACKFILL, "--workers", "2", "--chunk", "100", "--max-rate", "1000")
    wait_until(lambda: enrolments(large) != 0)
    large.write(f"ALTER TABLE {TABLE} RENAME COLUMN mode TO modus")

    _, errors = process.communicate(timeout=60)

    assert process.returncode == 2
    assert errors.startswith("etl: ")
    assert errors.count("\n") == 1
