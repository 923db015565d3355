"""Many entries in one legacy transaction come to the same as one after the other."""

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.stack.reach import connect_mysql
from etl.back.outbox import MOST_BYTES, Entry, Outbox
from etl.back.policies import Policies, Policy
from etl.back.write_back import BATCH, Carried, WriteBack
from etl.back.write_back_batch import runs
from etl.errors import Blocked
from etl.stopping import Stop
from tests.etl.world import World, on_every_server, wait_until

if TYPE_CHECKING:
    from subprocess import Popen

ADA = 7
PREFERENCES = "SELECT id, `key`, value FROM user_api_userpreference WHERE id >= 5000 ORDER BY id"
FIRST = 5000

ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(
            ["student_courseenrollment", "auth_user", "course_overviews_courseoverview"]
        ),
        st.sampled_from("246"),
    )
).map(
    lambda rows: [
        Entry(seq, source, "U", key, {}, {}) for seq, (source, key) in enumerate(rows, start=1)
    ]
)


@given(ENTRIES)
def test_runs_keep_all_entries_in_order_and_no_row_twice(entries: list[Entry]) -> None:
    found = list(runs(entries))

    assert [entry for run in found for entry in run] == entries
    for run in found:
        rows = {(entry.source, entry.key) for entry in run}
        assert len(rows) == len(run)
        has_text_key = any(source == "course_overviews_courseoverview" for source, _ in rows)
        assert len(run) == 1 or not has_text_key


def start(world: World, size: int = BATCH, *, policy: Policy = Policy.LEGACY) -> WriteBack:
    worker = WriteBack.start(
        world.settings,
        policies=Policies(policy),
        until_empty=True,
        stop=Stop(),
        report=lambda _: None,
    )
    worker.size = size
    return worker


def carry(world: World, policy: Policy = Policy.LEGACY) -> tuple[Carried, int]:
    """Carry all there is; give what became of it, and in how many batches."""
    batches: list[Carried] = []
    with closing(start(world, policy=policy)) as worker:
        worker.report = batches.append
        worker.run(Stop())
    return sum(batches, Carried()), len(batches)


def prefer(world: World, number: int, value: str = "on") -> None:
    world.modern.execute(
        "INSERT INTO identity_preference (id, user_id, key, value) VALUES (%s, %s, %s, %s)",
        (FIRST + 2 * number, ADA, f"key{number}", value),
    )


def preferences(world: World) -> list[tuple[object, ...]]:
    return world.rows("SELECT id, key, value FROM identity_preference WHERE id >= 5000 ORDER BY id")


@on_every_server
def test_entries_of_one_row_in_one_batch_are_written_in_their_order(bridged: World) -> None:
    prefer(bridged, 0)
    for value in ("off", "on", "off"):
        bridged.modern.execute(
            "UPDATE identity_preference SET value = %s WHERE id = 5000", (value,)
        )
    prefer(bridged, 1)
    bridged.modern.execute("DELETE FROM identity_preference WHERE id = 5000")

    assert carry(bridged) == (Carried(upto=6, written=6), 1)
    assert bridged.legacy_rows(PREFERENCES) == [(5002, "key1", "on")]


def test_a_unique_value_may_move_from_one_row_to_another_within_a_batch(bridged: World) -> None:
    prefer(bridged, 0)
    carry(bridged)
    bridged.modern.execute("DELETE FROM identity_preference WHERE id = 5000")
    bridged.modern.execute(
        "INSERT INTO identity_preference (id, user_id, key, value)"
        " VALUES (5002, %s, 'key0', 'new')",
        (ADA,),
    )

    assert carry(bridged) == (Carried(upto=3, written=2), 1)
    assert bridged.legacy_rows(PREFERENCES) == [(5002, "key0", "new")]


@on_every_server
def test_entries_that_legacy_refuses_spoil_none_of_the_others(bridged: World) -> None:
    for key in ("key1", "key3"):
        bridged.write(
            "INSERT INTO user_api_userpreference (user_id, `key`, value) VALUES (%s, %s, 'legacy')",
            ADA,
            key,
        )
    for number in range(5):
        prefer(bridged, number)

    assert carry(bridged) == (Carried(upto=5, written=3, conflicts=2), 1)
    bridged.caught_up()

    assert bridged.rows("SELECT seq, policy FROM bridge.conflict ORDER BY id") == [
        (2, "refused by legacy"),
        (4, "refused by legacy"),
    ]
    assert [row for row in preferences(bridged) if row[2] == "on"] == [
        (5000, "key0", "on"),
        (5004, "key2", "on"),
        (5008, "key4", "on"),
    ]
    assert bridged.etl("verify", "--tables", "user_api_userpreference").code == 0


def test_a_write_is_not_undone_by_an_earlier_conflict_in_its_batch(bridged: World) -> None:
    prefer(bridged, 0)
    carry(bridged)
    bridged.write("UPDATE user_api_userpreference SET value = 'legacy' WHERE id = 5000")
    bridged.modern.execute("UPDATE identity_preference SET value = 'modern' WHERE id = 5000")
    bridged.modern.execute("UPDATE identity_preference SET key = 'other' WHERE id = 5000")

    assert carry(bridged) == (Carried(upto=3, written=1, conflicts=1), 1)

    assert preferences(bridged) == [(5000, "other", "modern")]
    bridged.caught_up()
    assert preferences(bridged) == [(5000, "other", "legacy")] == bridged.legacy_rows(PREFERENCES)


@pytest.mark.parametrize("size", [1, BATCH])
def test_writes_of_both_sides_to_few_rows_end_equal_whatever_the_batch(
    bridged: World, size: int
) -> None:
    draw = random.Random(7)
    for number in range(4):
        prefer(bridged, number)
    with closing(start(bridged, size)) as worker:
        for _ in range(12):
            for _ in range(draw.randrange(8)):
                change_somewhere(bridged, draw)
            worker.run(Stop())
            bridged.caught_up()

    assert bridged.legacy_rows(PREFERENCES) == preferences(bridged)


def change_somewhere(world: World, draw: random.Random) -> None:
    """Update, delete or insert one of few rows on one of the sides."""
    key, value = FIRST + 2 * draw.randrange(4), draw.choice(["on", "off"])
    update = "UPDATE {} SET value = %s WHERE id = %s"
    match draw.randrange(5):
        case 0:
            world.modern.execute("DELETE FROM identity_preference WHERE id = %s", (key,))
        case 1:
            world.modern.execute(
                "INSERT INTO identity_preference (id, user_id, key, value)"
                " VALUES (%s, %s, %s, %s) ON CONFLICT (id) DO NOTHING",
                (key, ADA, f"key{(key - FIRST) // 2}", value),
            )
        case 2:
            world.write(update.format("user_api_userpreference"), value, key)
        case _:
            world.modern.execute(update.format("identity_preference").encode(), (value, key))


@on_every_server
def test_a_kill_in_the_middle_of_a_batch_leaves_none_of_it(bridged: World) -> None:
    prefer(bridged, 0)
    prefer(bridged, 1)
    carry(bridged)
    for key in (5000, 5000, 5002):
        bridged.modern.execute(
            "UPDATE identity_preference SET value = value || '!' WHERE id = %s", (key,)
        )

    with held(bridged, 5002), killed(bridged.etl_process("write-back")):
        # Row 5000 is written by then, for its second entry begins a second run.
        wait_until(lambda: is_reading(bridged, "IN (5000,5002) FOR UPDATE"))
    assert bridged.legacy_rows("SELECT last_seq FROM bridge_origin") == [(2,)]
    assert [value for *_, value in bridged.legacy_rows(PREFERENCES)] == ["on", "on"]

    assert carry(bridged) == (Carried(upto=5, written=3), 1)
    assert [value for *_, value in bridged.legacy_rows(PREFERENCES)] == ["on!!", "on!"]


@contextmanager
def held(world: World, key: int) -> Iterator[None]:
    """Hold a row as one of legacy's writers does."""
    with closing(connect_mysql(world.environment["LEGACY_DATABASE_URL"])) as writer:
        with writer.cursor() as cursor:
            cursor.execute("SELECT 1 FROM user_api_userpreference WHERE id = %s FOR UPDATE", (key,))
        yield


@contextmanager
def killed(process: "Popen[str]") -> Iterator[None]:
    """End a process where it stands at the end of the block."""
    try:
        yield
    finally:
        process.kill()
        process.communicate()


def is_reading(world: World, tail: str) -> bool:
    query = (
        "SELECT COUNT(*) FROM information_schema.processlist"
        f" WHERE db = DATABASE() AND info LIKE '%FROM `user_api_userpreference`%{tail}'"
    )
    return world.legacy_rows(query) != [(0,)]


def test_a_row_that_legacy_holds_keeps_only_the_entries_behind_it_waiting(bridged: World) -> None:
    for number in range(31):
        prefer(bridged, number)
    carry(bridged)
    bridged.modern.execute("UPDATE identity_preference SET value = 'off' WHERE id >= 5000")

    with held(bridged, 5058), closing(start(bridged)) as worker:
        with worker.legacy.cursor() as cursor:
            cursor.execute("SET SESSION innodb_lock_wait_timeout = 0")
        with pytest.raises(Blocked, match="legacy writer"):
            worker.run(Stop())
    off = [key for key, _, value in bridged.legacy_rows(PREFERENCES) if value == "off"]

    assert off == list(range(5000, 5058, 2))
    assert carry(bridged)[0].written == 2


@on_every_server
def test_a_batch_under_way_keeps_legacy_from_adding_no_row(bridged: World) -> None:
    prefer(bridged, 0)
    prefer(bridged, 1)
    carry(bridged)
    prefer(bridged, 2)
    for key in (5000, 5000, 5002):
        bridged.modern.execute(
            "UPDATE identity_preference SET value = value || '!' WHERE id = %s", (key,)
        )

    with held(bridged, 5002), killed(bridged.etl_process("write-back")):
        # The new row is written by then.
        wait_until(lambda: is_reading(bridged, "IN (5000,5002) FOR UPDATE"))
        with bridged.legacy.cursor() as cursor:
            cursor.execute("SET SESSION innodb_lock_wait_timeout = 0")
        bridged.write(
            "INSERT INTO user_api_userpreference (user_id, `key`, value) VALUES (%s, 'new', 'on')",
            ADA,
        )


@pytest.mark.parametrize(
    ("policy", "value", "expected"),
    [
        (Policy.LEGACY, "on", Carried(upto=1, same=1)),
        (Policy.LEGACY, "other", Carried(upto=1, conflicts=1)),
        (Policy.MODERN, "other", Carried(upto=1, conflicts=1)),
    ],
)
def test_a_new_row_that_legacy_has_already_is_judged_by_that_row(
    bridged: World, policy: Policy, value: str, expected: Carried
) -> None:
    bridged.write(
        "INSERT INTO user_api_userpreference (id, user_id, `key`, value) VALUES (%s, %s, %s, %s)",
        *(FIRST, ADA, "key0", value),
    )
    prefer(bridged, 0)

    assert carry(bridged, policy) == (expected, 1)
    bridged.caught_up()

    winner = value if policy is Policy.LEGACY else "on"
    assert preferences(bridged) == [(FIRST, "key0", winner)] == bridged.legacy_rows(PREFERENCES)


def test_of_large_entries_fewer_are_read_at_once_but_always_one(bridged: World) -> None:
    draw = random.Random(1)
    for number in range(3):
        prefer(bridged, number, draw.randbytes(MOST_BYTES).hex())

    outbox = Outbox(bridged.modern)

    assert [entry.seq for entry in outbox.entries(after=0, upto=3, limit=BATCH)] == [1]
    assert [entry.seq for entry in outbox.entries(after=1, upto=3, limit=BATCH)] == [2]
