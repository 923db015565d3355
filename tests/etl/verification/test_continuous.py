"""Verifying all the time: beside the workers, restarted at any moment, whatever a table is."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import pytest

from etl import exclusive, mysql, postgres, settling
from etl.exclusive import Direction
from etl.mysql import Source
from etl.postgres import Target
from etl.stopping import Stop
from etl.tables import BY_SOURCE
from etl.verification.verify import Verified
from etl.verification.verifying import Options, Pass
from tests.etl.world import World, wait_until

GROUPS = ("--tables", "auth_group")
FRESHNESS = "SELECT verified_at, different FROM bridge.verified WHERE source = 'auth_group'"
SURPLUS = "INSERT INTO auth_group (id, name) VALUES (900000, 'surplus')"


@contextmanager
def followed(world: World) -> Iterator[None]:
    """Have a follower at work."""
    with closing_worker(world, "follow") as lines:
        wait_until(lambda: world.etl("status").output.startswith("follow: running"))
        yield
    assert lines[-1] == "stopped"


@contextmanager
def closing_worker(world: World, *arguments: str) -> Iterator[list[str]]:
    """Have a command at work; its lines are there once it was asked to end and did."""
    lines: list[str] = []
    process = world.etl_process(*arguments)
    try:
        yield lines
    finally:
        process.terminate()
        output, errors = process.communicate(timeout=60)
        lines += output.splitlines()
    assert (process.returncode, errors) == (0, "")


def verifying(*more: str) -> Sequence[str]:
    return ("verify", "--continuous", "--load", "1", *more)


def write_around(world: World, statement: str) -> None:
    """Write to modern as if it had been legacy's."""
    with world.modern.transaction():
        world.modern.execute("SET LOCAL bridge.origin = 'legacy'")
        world.modern.execute(statement)


def is_verified(world: World) -> bool:
    return any(moment is not None for moment, _ in world.rows(FRESHNESS))


def test_a_pass_goes_on_where_it_was_and_the_next_finds_what_comes_up(bridged: World) -> None:
    bridged.write_many("INSERT INTO auth_group (name) VALUES (%s)", [(f"g {n}",) for n in range(9)])
    bridged.caught_up()
    bridged.modern.execute(
        "INSERT INTO bridge.verified (source, began_at, reached, met, seen)"
        " VALUES ('auth_group', '2020-01-01 00:00Z', 3, 7, 2)"
    )
    with followed(bridged), closing_worker(bridged, *verifying(*GROUPS, "--chunk", "3")) as lines:
        wait_until(lambda: is_verified(bridged))
        first = bridged.rows(FRESHNESS)
        write_around(bridged, SURPLUS)
        wait_until(lambda: bridged.rows(FRESHNESS)[0][1] == 1)

    assert [(str(moment)[:10], different) for moment, different in first] == [("2020-01-01", 7)]
    assert "  900000: missing in legacy" in lines
    assert lines[-1] == "stopped"


def test_a_row_on_its_way_is_no_difference_while_the_follower_is_away(bridged: World) -> None:
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9001, 'on its way')")
    with closing_worker(bridged, *verifying(*GROUPS)) as lines:
        wait_until(lambda: bridged.rows(FRESHNESS) != [])
        with followed(bridged):
            wait_until(lambda: is_verified(bridged))

    assert bridged.rows(FRESHNESS)[0][1] == 0
    assert not [line for line in lines if "DIFFERENT" in line]


@pytest.mark.parametrize("direction", ["follow", "write-back"])
def test_what_is_waited_for_is_said(
    bridged: World, direction: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "PATIENCE_SECONDS", 0.0)
    if direction == "follow":
        bridged.write("INSERT INTO auth_group (id, name) VALUES (9001, 'on its way')")
    else:
        bridged.modern.execute("INSERT INTO auth_group (id, name) VALUES (9002, 'on its way')")
    stop, said = Stop(), list[str]()

    def report(line: str) -> None:
        said.append(line)
        stop.request()

    with closing(mysql.connect(bridged.settings.legacy)) as legacy:
        settling.settle_for_certain(Source(legacy), bridged.modern, stop, report=report)

    assert said[0].startswith(f"waiting for `etl {direction}`: rows differ")


def test_the_range_in_which_a_stop_comes_is_left_to_the_next_pass(bridged: World) -> None:
    write_around(bridged, SURPLUS)
    stop = Stop()
    with (
        closing(mysql.connect(bridged.settings.legacy)) as legacy,
        closing(postgres.connect(bridged.settings.modern)) as modern,
    ):
        sides = (Source(legacy), Target(modern), BY_SOURCE["auth_group"])
        found = list(Pass(*sides, Options(), stop, settle=stop.request).parts())

    assert found == []
    assert bridged.rows("SELECT verified_at, reached, met FROM bridge.verified") == [
        (None, None, 0)
    ]


def test_a_pass_without_totals_finds_the_row_that_makes_them_differ(bridged: World) -> None:
    write_around(bridged, "UPDATE identity_user SET is_active = false WHERE id = 7")
    with (
        closing(mysql.connect(bridged.settings.legacy)) as legacy,
        closing(postgres.connect(bridged.settings.modern)) as modern,
    ):
        sides = (Source(legacy), Target(modern), BY_SOURCE["auth_user"])
        found = [
            sum(Pass(*sides, Options(totals=totals), Stop(), settle=int).parts(), Verified())
            for totals in (True, False)
        ]

    assert [len(one.divergences) for one in found] == [1, 1]
    assert [len(one.totals) for one in found] == [1, 0]


def test_a_table_that_cannot_be_compared_keeps_no_other_waiting(bridged: World) -> None:
    bridged.write("ALTER TABLE auth_user CHANGE first_name given_name varchar(30) NOT NULL")
    bridged.write("CREATE TABLE mirrored_later (id int PRIMARY KEY)")
    bridged.modern.execute(
        "INSERT INTO bridge.checkpoint (source, since_file, since_offset, done)"
        " VALUES ('mirrored_later', '', 0, true)"
    )
    tables = ("--tables", "auth_group", "auth_user", "mirrored_later")
    with closing_worker(bridged, *verifying(*tables)) as lines:
        wait_until(lambda: is_verified(bridged))
        first = bridged.rows(FRESHNESS)
        wait_until(lambda: bridged.rows(FRESHNESS) != first)

    told = [line.partition(" is not verified: ")[::2] for line in lines if "not verified" in line]
    assert [(name, why[:40]) for name, why in told] == [
        ("auth_user", "auth_user.first_name is missing, but Col"),
        ("mirrored_later", "the mirror of mirrored_later is not as t"),
    ]


def test_only_one_verifies_all_the_time_and_status_tells(bridged: World) -> None:
    before = bridged.etl("status").output.splitlines()
    exclusive.claim(bridged.modern, Stop(), direction=Direction.VERIFYING)
    during = bridged.etl("status").output.splitlines()
    metrics = bridged.etl("status", "--prometheus").output
    second = bridged.etl(*verifying())

    assert "verify: no table was verified yet" in before
    assert "verify: running, no table was verified yet" in during
    assert "etl_verifier_running 1" in metrics.splitlines()
    assert second.code == 2
    assert "another `etl verify --continuous` is at work" in second.errors


def test_a_table_that_waits_for_a_person_is_passed_over(bridged: World) -> None:
    write_around(bridged, SURPLUS)
    bridged.modern.execute(
        "UPDATE bridge.checkpoint SET state = 'needs resnapshot' WHERE source = 'auth_group'"
    )
    with closing_worker(bridged, *verifying("--tables", "auth_group", "auth_registration")):
        wait_until(
            lambda: bridged.rows("SELECT verified_at FROM bridge.verified") not in ([], [(None,)])
        )

    assert bridged.rows("SELECT source FROM bridge.verified") == [("auth_registration",)]
