"""Celery's workers copy what a backfill orders, through a real broker."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from etl.copying import celery_orders
from etl.copying.throttle import Limits
from etl.copying.worker import Assignment
from tests.etl.copying.test_crew import BACKFILL, ENROL, assert_copied, enrolments
from tests.etl.world import World, wait_until

ROOT = Path(__file__).parents[2]
StartWorker = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def large(world: World, redis_url: str) -> World:
    """A world with a broker, and enrolments that are not copied yet."""
    assert world.etl("install").code == 0
    world.write(ENROL.format(rows=3_000))
    return replace(world, environment=world.environment | {"REDIS_URL": redis_url})


@pytest.fixture
def start_worker(large: World) -> Iterator[StartWorker]:
    """Start Celery's worker as an administrator does; it is ended after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        worker = subprocess.Popen(
            (sys.executable, "-m", "celery", "--app", "etl.celery", "worker", "--pool", "solo"),
            env=os.environ | large.environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.terminate()
        worker.wait(timeout=60)


def test_celery_copies_what_a_backfill_orders(large: World, start_worker: StartWorker) -> None:
    start_worker()

    outcome = large.etl(*BACKFILL, "--celery", "--workers", "2", "--chunk", "100")

    assert (outcome.code, outcome.errors) == (0, "")
    ((expected,),) = large.legacy_rows("SELECT count(*) FROM student_courseenrollment")
    assert f"{expected} rows copied" in outcome.output
    assert_copied(large)


def test_what_a_killed_celery_worker_had_is_copied_by_another(
    large: World, start_worker: StartWorker
) -> None:
    gently = ("--celery", "--workers", "1", "--chunk", "50", "--max-rate", "1000")
    command = large.etl_process(*BACKFILL, *gently)
    killed = start_worker()
    wait_until(lambda: enrolments(large) != 0)
    killed.kill()

    start_worker()
    assert large.etl(*BACKFILL, "--celery", "--workers", "1").code == 0

    _, errors = command.communicate(timeout=60)
    assert (command.returncode, errors) == (0, "")
    assert_copied(large)


def test_celery_without_a_broker_is_one_clear_line(large: World) -> None:
    for broker, expected in [("", "--celery needs REDIS_URL"), ("redis://127.0.0.1:1/0", "Redis")]:
        outcome = replace(large, environment=large.environment | {"REDIS_URL": broker}).etl(
            *BACKFILL, "--celery"
        )

        assert outcome.code == 2
        assert expected in outcome.errors
        assert outcome.errors.count("\n") == 1


def test_an_order_arrives_as_it_was_given() -> None:
    given = Assignment(("auth_user",), 7, limits=Limits(3.5, replica_seconds=9))

    assert celery_orders.assignment(celery_orders.order(given)) == given
