"""When a backfill rests: the rules are pure, and real servers are asked for what they need."""

import math
from collections.abc import Iterator
from contextlib import closing

import pytest

from etl import mysql
from etl.copying.throttle import Limits, Throttle, excess
from etl.doctor import asking
from etl.mysql import Source
from etl.stopping import Stop
from tests.etl.replication import Pair
from tests.etl.world import World, connected, restore, wait_until


class HurriedStop(Stop):
    """Takes down how long it is to wait, and does not."""

    def __init__(self, patience: int) -> None:
        super().__init__()
        self.pauses: list[float] = []
        self._patience = patience

    def pause(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return len(self.pauses) >= self._patience


@pytest.fixture
def source(world: World) -> Iterator[Source]:
    with closing(mysql.connect(world.settings.legacy)) as connection:
        yield Source(connection)


@pytest.mark.parametrize(
    ("limits", "running", "behind", "expected"),
    [
        (Limits(), 1_000, 1_000, ""),
        (Limits(threads_running=20), 20, None, ""),
        (Limits(threads_running=20), 21, None, "21 threads run on legacy, more than 20"),
        (Limits(replica_seconds=5), 99, 5, ""),
        (Limits(replica_seconds=5), 0, 6, "the replica is 6 s behind, more than 5 s"),
        (Limits(replica_seconds=5), 0, None, ""),
        (
            Limits(replica_seconds=5),
            0,
            math.inf,
            "replication stands on the replica that is read: START SLAVE lets it go on",
        ),
    ],
)
def test_only_what_is_above_its_limit_is_a_reason_to_rest(
    limits: Limits, running: int, behind: float | None, expected: str
) -> None:
    assert excess(limits, threads_running=running, replica_seconds=behind) == expected


def test_workers_share_the_rate_and_nothing_else() -> None:
    shared = Limits(900.0, threads_running=20, replica_seconds=5).shared(3)

    assert shared == Limits(300.0, threads_running=20, replica_seconds=5)


def test_rows_take_the_time_that_the_rate_gives_them(source: Source) -> None:
    stop = HurriedStop(9)
    throttle = Throttle(Limits(100.0), source, report=str, clock=lambda: 13.0)

    throttle.after_chunk(500, 10.0, stop)

    assert stop.pauses == [2.0]


def test_a_busy_server_is_left_alone_until_it_is_not_or_all_is_to_end(
    source: Source, world: World
) -> None:
    said: list[str] = []
    stop = HurriedStop(3)
    throttle = Throttle(Limits(threads_running=1), source, said.append, clock=lambda: 100.0)
    with closing(mysql.connect(world.settings.legacy)) as busy:
        busy._execute_command(3, b"SELECT SLEEP(60)")

        throttle.before_chunk(stop)

    assert len(stop.pauses) == 3
    assert len(said) == 1
    assert said[0].endswith("threads run on legacy, more than 1")


def test_a_user_who_may_not_see_the_replicas_state_is_told_so(world: World) -> None:
    assert world.etl("install").code == 0

    outcome = world.etl("backfill", "--tables", "auth_user", "--max-lag", "5")

    assert outcome.code == 2
    assert outcome.errors.startswith(
        "etl: the legacy user may not see how far the server is behind"
    )
    assert "SLAVE MONITOR" in outcome.errors
    assert world.value("SELECT count(*) FROM identity_user") == 0


def test_a_replica_that_stands_makes_a_backfill_wait_until_it_goes_on(
    pair: Pair, modern_url: str
) -> None:
    restore(pair.primary)
    pair.replicate()
    with (
        connected(pair.primary, modern_url) as primary,
        connected(pair.replica, modern_url) as world,
    ):
        primary.write("INSERT INTO auth_group (id, name) VALUES (9001, 'replicated')")
        wait_until(lambda: world.legacy_rows("SHOW TABLES LIKE 'auth_group'") != [])
        wait_until(lambda: world.legacy_rows("SELECT 1 FROM auth_group WHERE id = 9001") != [])
        # MySQL 5.7 has no status that says so; nothing that it is asked depends on it.
        assert is_a_replica(world) is (pair.flavour != "mysql57")
        assert not is_a_replica(primary)
        assert world.etl("install").code == 0
        pair.order("STOP SLAVE SQL_THREAD")
        process = world.etl_process("backfill", "--tables", "auth_group", "--max-lag", "5")
        try:
            assert process.stdout is not None
            # It may say how far it is before.
            waits = any("START SLAVE lets it go on" in line for line in process.stdout)
            before = world.value("SELECT count(*) FROM auth_group")
            pair.order("START SLAVE SQL_THREAD")
        finally:
            _, errors = process.communicate(timeout=60)

        assert waits
        assert (before, process.returncode, errors) == (0, 0, "")
        assert world.value("SELECT name FROM auth_group WHERE id = 9001") == "replicated"


def is_a_replica(world: World) -> bool:
    """Say what the doctor takes a server for."""
    with closing(mysql.connect(world.settings.legacy)) as connection:
        return asking.read_facts(Source(connection)).is_replica
