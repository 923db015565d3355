"""What `etl status` says of a place in the log that cannot be gone on from."""

from dataclasses import replace

import pytest

from etl.checkpoints import NEEDS_RESNAPSHOT, Place
from etl.rows import Position
from etl.status import trouble
from tests.etl.world import World

PLACE = Place("1", "log.000002", 100, acked=0)


@pytest.mark.parametrize(
    ("end", "server", "state", "way_out"),
    [
        (Position("log.000002", 100), "1", "following", ""),
        (Position("log.000003", 4), "1", "following", ""),
        (Position("log.000002", 99), "1", "needs resnapshot", "run `etl backfill --resnapshot`"),
        (Position("log.000001", 500), "1", "needs resnapshot", "run `etl backfill --resnapshot`"),
        (Position("log.000009", 4), "2", "another server", "LEGACY_DATABASE_URL"),
    ],
)
def test_a_place_is_judged_by_the_server_and_the_end_of_its_log(
    end: Position, server: str, state: str, way_out: str
) -> None:
    found, detail = trouble(PLACE, end, server)

    assert found == state
    assert way_out in detail


def test_what_a_follower_noted_comes_first() -> None:
    noted = replace(PLACE, state=NEEDS_RESNAPSHOT, detail="the log was purged")

    assert trouble(noted, Position("log.000001", 4), "1") == (
        NEEDS_RESNAPSHOT,
        "the log was purged",
    )


def test_status_shows_a_reset_log_before_any_follower_has_met_it(bridged: World) -> None:
    bridged.modern.execute("UPDATE bridge.position SET file = 'binlog.999999'")

    line = bridged.etl("status").output.splitlines()[0]

    assert line.startswith("follow: needs resnapshot (the stored position lies beyond the end")


def test_a_backfill_at_work_does_not_count_as_a_follower(bridged: World) -> None:
    bridged.modern.execute("SELECT pg_advisory_lock(%s, %s)", (0x6272, 0x6467))

    assert bridged.etl("status").output.startswith("follow: not running, at ")
