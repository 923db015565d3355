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


def test_a_full_disk_is_said_in_one_line(spill: Spill) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    try:
        with pytest.raises(NoRoom, match=r"does not fit into .* \(File too large\)"):
            spill.add([Change("t", None, b"1", (b"x" * (1 << 20),))])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.timeout(180)
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
