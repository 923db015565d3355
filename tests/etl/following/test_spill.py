"""Large transactions of legacy: stored at once when they end, on little memory, or not at all."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.errors import NoRoom
from etl.following.spill import Spill
from etl.rows import Change
from tests.etl.world import World, wait_until

MANY = (
    "INSERT INTO student_courseenrollment (id, user_id, course_id, created, is_active, mode)"
    " SELECT seq * 2 + 9001, seq, 'course-v1:LabU+BIG+2016', '2016-05-01', 1, 'audit'"
    " FROM seq_1_to_{rows}"
)
STORED = "SELECT count(*) FROM enrollment_enrollment WHERE id > 9001"
ENDS = "SELECT id FROM enrollment_enrollment WHERE id < 9001 ORDER BY id LIMIT 2"
CHANGE = "UPDATE student_courseenrollment SET mode = 'legacy' WHERE id = %s"
WRITE = "UPDATE enrollment_enrollment SET mode = 'modern' WHERE id = %s"
# Those who wait for the session that asks.
WAITING = """
    SELECT count(*) FROM pg_locks
    WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
"""
LIMIT_MB = 80


@pytest.fixture
def spill() -> Iterator[Spill]:
    one = Spill()
    yield one
    one.close()


def test_what_was_put_away_comes_back_in_its_order(spill: Spill) -> None:
    spill.add([Change("t", None, b"1", (b"1", None)), Change("u", b"5", None, None)])
    spill.add([Change("t", b"1", b"2", (b"2", b"x"))])

    assert list(spill.pieces()) == [
        {"t": {b"1": (b"1", None)}, "u": {b"5": None}},
        {"t": {b"1": None, b"2": (b"2", b"x")}},
    ]


def test_the_keys_are_those_of_all_rows_that_were_touched(spill: Spill) -> None:
    spill.add([Change("t", None, b"1", (b"1", None)), Change("u", b"5", None, None)])
    spill.add([Change("t", b"1", b"2", (b"2", b"x"))])

    assert list(spill.keys()) == [("t", b"1"), ("u", b"5"), ("t", b"1"), ("t", b"2")]


def test_a_full_disk_is_said_in_one_line(spill: Spill) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    try:
        with pytest.raises(NoRoom, match=r"does not fit into .* \(File too large\)"):
            spill.add([Change("t", None, b"1", (b"x" * (1 << 20),))])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_300000_rows_of_one_transaction_appear_at_once_on_little_memory(bridged: World) -> None:
    process = bridged.etl_process("follow")
    bridged.write(MANY.format(rows=300_000))
    seen = {0}

    def all_there() -> bool:
        seen.add(int(str(bridged.value(STORED))))
        return max(seen) == 300_000

    try:
        wait_until(all_there, seconds=150)
        peak = Path(f"/proc/{process.pid}/status").read_text().partition("VmHWM:")[2].split()[0]
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=60)

    assert (seen, errors) == ({0, 300_000}, "")
    assert int(peak) / 1024 < LIMIT_MB


def test_rows_of_a_large_transaction_are_locked_in_the_order_of_their_keys(
    bridged: World,
) -> None:
    """In the log the higher one comes first. A modern writer has the lower one, and wants both."""
    low, high = (int(str(key)) for (key,) in bridged.rows(ENDS))
    with bridged.legacy.cursor() as cursor:
        cursor.execute(CHANGE, (high,))
        cursor.execute(MANY.format(rows=12_000))
        cursor.execute(CHANGE, (low,))
    bridged.legacy.commit()
    process = bridged.etl_process("follow")
    try:
        with bridged.modern.transaction():
            bridged.modern.execute(WRITE, (low,))
            wait_until(lambda: bridged.value(WAITING) == 1)
            bridged.modern.execute("SET LOCAL lock_timeout = '1ms'")
            bridged.modern.execute(WRITE, (high,))
        wait_until(lambda: bridged.value(STORED) == 12_000)
    finally:
        process.terminate()
        output, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (0, "")
    assert "trying again" not in output


def test_a_follower_killed_within_a_large_transaction_leaves_nothing_half(bridged: World) -> None:
    bridged.write(MANY.format(rows=30_000))
    bridged.modern.execute("CREATE SEQUENCE stored")
    bridged.modern.execute(
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM nextval('stored'); RETURN NULL; END $$"
    )
    bridged.modern.execute(
        "CREATE TRIGGER note AFTER INSERT ON enrollment_enrollment"
        " FOR EACH STATEMENT EXECUTE FUNCTION note()"
    )
    for statement in (1, 3, 5):
        bridged.value("SELECT setval('stored', 1)")
        process = bridged.etl_process("follow")
        wait_until(lambda n=statement: int(str(bridged.value("SELECT last_value FROM stored"))) > n)
        process.kill()
        process.communicate()
        assert bridged.value(STORED) == 0

    bridged.caught_up()

    assert bridged.value(STORED) == 30_000
