"""Copying tables anew beside the log: chunks never undo what the log brings, and kills cost one."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from etl.following import recopies
from etl.following.follow import Follower, Options
from etl.following.recopies import Recopy
from etl.following.recopying import FEWEST_ROWS, MOST_ROWS, QUICK_SECONDS, SLOW_SECONDS, paced
from etl.stopping import Stop
from etl.subcommands.recopy_command import hand_over
from etl.tables import BY_SOURCE
from tests.etl.world import Outcome, World, wait_until

ENROL = (
    "INSERT INTO student_courseenrollment (id, user_id, course_id, created, is_active, mode)"
    " SELECT seq * 2 + 9001, seq, 'course-v1:LabU+R+2016', '2016-05-01', 1, 'audit'"
    " FROM seq_1_to_{rows}"
)
TABLE = "student_courseenrollment"
GROUPS = "SELECT id, name FROM auth_group WHERE id > 9000 ORDER BY id"
THREE = "INSERT INTO auth_group (id, name) VALUES (9001, 'a'), (9003, 'b'), (9005, 'c')"


@contextmanager
def following(world: World) -> Iterator[None]:
    """A follower at work, as a process of its own."""
    process = world.etl_process("follow")
    try:
        wait_until(lambda: "follow: running" in world.etl("status").output)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.fixture
def follower(bridged: World) -> Iterator[Follower]:
    """A follower in this process, to be driven step by step."""
    bridged.write(THREE)
    bridged.caught_up()
    one = Follower.start(bridged.settings, Options(), stop=Stop(), report=print)
    yield one
    one.close()


def ask(world: World, wanted: Recopy) -> None:
    with world.modern.transaction():
        recopies.ask(world.modern, wanted)


def catch_up(follower: Follower) -> None:
    """Apply what the log holds now, without reading further chunks."""
    follower.end = follower.source.end_of_log()
    follower.run(Stop())


def resnapshot(world: World, *arguments: str) -> Outcome:
    return world.etl("backfill", "--resnapshot", *arguments)


def damage(world: World) -> None:
    """A row that is missing, one too many, one that differs; none of it modern's own writes."""
    with world.modern.transaction():
        world.modern.execute("SET LOCAL bridge.origin = 'legacy'")
        world.modern.execute("DELETE FROM auth_group WHERE id = 9001")
        world.modern.execute("UPDATE auth_group SET name = 'wrong' WHERE id = 9003")
        world.modern.execute("INSERT INTO auth_group (id, name) VALUES (9009, 'surplus')")


def test_a_table_is_made_equal_again_while_the_follower_runs(bridged: World) -> None:
    bridged.write("DELETE FROM auth_group")
    bridged.write(THREE)
    bridged.caught_up()
    damage(bridged)
    with following(bridged):
        outcome = resnapshot(bridged, "--tables", "auth_group")

        assert (outcome.code, outcome.errors) == (0, "")
        assert outcome.output.splitlines()[-1] == ("auth_group: 3 rows read anew, 1 deleted, done")
    assert bridged.rows(GROUPS) == bridged.legacy_rows(GROUPS)


def test_a_range_of_keys_leaves_the_others_alone(bridged: World) -> None:
    bridged.write(THREE)
    bridged.caught_up()
    damage(bridged)
    with following(bridged):
        assert resnapshot(bridged, "--tables", "auth_group", "--keys", "9003:9005").code == 0
        assert bridged.rows(GROUPS) == [(9003, "b"), (9005, "c"), (9009, "surplus")]

        assert resnapshot(bridged, "--tables", "auth_group", "--keys", "9006:").code == 0
        assert bridged.rows(GROUPS) == [(9003, "b"), (9005, "c")]


@pytest.mark.parametrize(
    ("arguments", "way_out"),
    [
        (("--keys", "1:2"), "name it by --tables"),
        (("--tables", "course_overviews_courseoverview", "--keys", "1:2"), "leave --keys out"),
    ],
)
def test_a_range_that_means_nothing_is_refused(
    bridged: World, arguments: tuple[str, ...], way_out: str
) -> None:
    with following(bridged):
        outcome = resnapshot(bridged, *arguments)

    assert outcome.code == 2
    assert way_out in outcome.errors
    assert bridged.rows("SELECT FROM bridge.recopy") == []


def test_what_modern_wrote_and_legacy_lacks_is_neither_deleted_nor_overwritten(
    bridged: World,
) -> None:
    bridged.write(THREE)
    bridged.caught_up()
    bridged.modern.execute("UPDATE auth_group SET name = 'modern' WHERE id = 9001")
    bridged.modern.execute("INSERT INTO auth_group (id, name) VALUES (9002, 'modern too')")
    with following(bridged):
        assert resnapshot(bridged, "--tables", "auth_group").code == 0

    assert bridged.rows(GROUPS) == [
        (9001, "modern"),
        (9002, "modern too"),
        (9003, "b"),
        (9005, "c"),
    ]


def test_a_table_that_was_never_copied_is_copied_and_followed_beside_the_others(
    world: World,
) -> None:
    assert world.etl("install").code == 0
    assert world.etl("backfill", "--tables", "auth_user").code == 0
    world.write(THREE)
    with following(world):
        outcome = world.etl("backfill", "--tables", "auth_group")
        assert (outcome.code, outcome.errors) == (0, "")
        assert world.rows(GROUPS) == world.legacy_rows(GROUPS)
        world.write("UPDATE auth_group SET name = 'changed' WHERE id = 9003")
        wait_until(lambda: world.rows(GROUPS) == world.legacy_rows(GROUPS))

        assert "there is nothing to copy" in world.etl("backfill", "--tables", "auth_group").output
    assert world.value("SELECT done FROM bridge.checkpoint WHERE source = 'auth_group'") is True


def test_a_copy_that_was_asked_for_is_not_asked_for_again(
    bridged: World, follower: Follower
) -> None:
    tables = (BY_SOURCE["auth_group"], BY_SOURCE["auth_user"])
    source, target = follower.source, follower.target

    first = hand_over(source, target, tables[:1], resnapshot=True, keys=None)
    second = hand_over(source, target, tables, resnapshot=True, keys=None)

    assert second[:1] == first
    assert bridged.rows("SELECT source FROM bridge.recopy ORDER BY id") == [
        ("auth_group",),
        ("auth_user",),
    ]


def test_a_change_behind_the_read_of_a_chunk_is_not_undone_by_it(
    bridged: World, follower: Follower
) -> None:
    ask(bridged, Recopy("auth_group"))
    follower.recopying.step()
    bridged.write("UPDATE auth_group SET name = 'later' WHERE id = 9001")
    bridged.write("DELETE FROM auth_group WHERE id = 9003")
    bridged.write("UPDATE auth_group SET id = 9007 WHERE id = 9005")

    catch_up(follower)

    assert bridged.rows(GROUPS) == [(9001, "later"), (9007, "c")]
    assert bridged.value("SELECT phase FROM bridge.recopy") == "done"


def test_a_row_that_returns_behind_the_search_for_surplus_stays(
    bridged: World, follower: Follower
) -> None:
    bridged.write("DELETE FROM auth_group WHERE id = 9003")
    catch_up(follower)
    bridged.modern.execute("SET bridge.origin = 'legacy'")
    bridged.modern.execute("INSERT INTO auth_group (id, name) VALUES (9003, 'b'), (9009, 'd')")
    ask(bridged, Recopy("auth_group", sweep=True))
    follower.recopying.step()
    catch_up(follower)
    follower.recopying.step()
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9003, 'again')")

    catch_up(follower)

    assert bridged.rows(GROUPS) == [(9001, "a"), (9003, "again"), (9005, "c")]


def test_a_chunk_waits_until_the_log_was_read_to_its_end(
    bridged: World, follower: Follower
) -> None:
    damage(bridged)
    ask(bridged, Recopy("auth_group"))
    follower.recopying.step()
    before = bridged.rows(GROUPS)

    assert not follower.recopying.is_ripe(follower.place.position)
    assert follower.recopying.take(follower.place.position, beside={}) is None
    assert bridged.rows(GROUPS) == before


def test_rows_that_are_named_are_read_anew_and_the_gone_ones_deleted(
    bridged: World, follower: Follower
) -> None:
    damage(bridged)
    ask(bridged, Recopy("auth_group", keys=[b"9003", b"9009"]))
    follower.recopying.step()

    catch_up(follower)

    assert bridged.rows(GROUPS) == [(9003, "b"), (9005, "c")]
    assert bridged.rows("SELECT copied, deleted, phase FROM bridge.recopy") == [(2, 1, "done")]


def test_work_on_a_table_that_does_not_fit_its_map_is_put_away_and_the_follower_goes_on(
    bridged: World, follower: Follower
) -> None:
    ask(bridged, Recopy("celery_taskmeta"))
    ask(bridged, Recopy("auth_group"))
    follower.recopying.step()
    follower.recopying.step()
    catch_up(follower)

    ((first, detail), (second, _)) = bridged.rows(
        "SELECT phase, detail FROM bridge.recopy ORDER BY id"
    )
    assert (first, second) == ("failed", "done")
    assert "`etl tables` lists all" in str(detail)


def test_a_table_with_a_text_key_is_made_equal_again_too(bridged: World) -> None:
    legacy = bridged.legacy_rows("SELECT id FROM course_overviews_courseoverview")
    with bridged.modern.transaction():
        bridged.modern.execute("SET LOCAL bridge.origin = 'legacy'")
        bridged.modern.execute("UPDATE catalog_course SET key = key || '+surplus'")
    with following(bridged):
        outcome = resnapshot(bridged, "--tables", "course_overviews_courseoverview")

    assert (outcome.code, outcome.errors) == (0, "")
    assert sorted(bridged.rows("SELECT key FROM catalog_course")) == sorted(legacy)


@pytest.mark.parametrize(
    ("rows", "seconds", "most", "wanted"),
    [
        (500, QUICK_SECONDS / 2, MOST_ROWS, 1_000),
        (500, (QUICK_SECONDS + SLOW_SECONDS) / 2, MOST_ROWS, 500),
        (500, SLOW_SECONDS * 2, MOST_ROWS, 250),
        (MOST_ROWS, 0.0, MOST_ROWS, MOST_ROWS),
        (60, 9.0, MOST_ROWS, FEWEST_ROWS),
        (3, 9.0, 3, 3),
        (3, 0.0, 3, 3),
    ],
)
def test_a_chunk_is_as_large_as_its_time_and_its_bytes_allow(
    rows: int, seconds: float, most: int, wanted: int
) -> None:
    assert paced(rows, seconds, most=most) == wanted


def test_followers_killed_while_they_copy_a_table_lose_and_undo_nothing(bridged: World) -> None:
    bridged.write(ENROL.format(rows=6_000))
    bridged.caught_up()
    with bridged.modern.transaction():
        bridged.modern.execute("SET LOCAL bridge.origin = 'legacy'")
        bridged.modern.execute("DELETE FROM enrollment_enrollment WHERE id % 3 = 0 AND id > 9001")
        bridged.modern.execute("UPDATE enrollment_enrollment SET mode = 'no' WHERE id % 7 = 0")
    ask(bridged, Recopy(TABLE, sweep=True))
    done = threading.Event()
    writer = threading.Thread(target=scribble, args=(bridged, done))
    writer.start()
    try:
        for _ in range(4):
            seen = copied(bridged)
            process = bridged.etl_process("follow")
            wait_until(lambda seen=seen: copied(bridged) != seen or not is_open(bridged))
            process.kill()
            process.communicate()
        with following(bridged):
            wait_until(lambda: not is_open(bridged), seconds=60)
    finally:
        done.set()
        writer.join()
    bridged.caught_up()

    query = "SELECT id, user_id, mode FROM {} ORDER BY id"
    assert bridged.rows(query.format("enrollment_enrollment")) == bridged.legacy_rows(
        query.format(TABLE)
    )
    assert bridged.value("SELECT count(*) FROM bridge.outbox") == 0


def scribble(world: World, done: threading.Event) -> None:
    """Small transactions of legacy all over the table, until done."""
    draw = random.Random(3)
    while not done.wait(0.005):
        key = 9001 + 2 * draw.randrange(1, 6_000)
        with world.legacy.cursor() as cursor:
            cursor.execute(f"UPDATE {TABLE} SET mode = %s WHERE id = %s", (draw.random(), key))
            cursor.execute(f"DELETE FROM {TABLE} WHERE id = %s", (key + 2,))
        world.legacy.commit()


def copied(world: World) -> object:
    return world.value("SELECT sum(copied) FROM bridge.recopy")


def is_open(world: World) -> bool:
    return world.value("SELECT count(*) FROM bridge.recopy WHERE phase <> 'done'") != 0
