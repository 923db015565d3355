"""Documents that differ under one checksum are found, in all rows or in a part of them."""

from collections import Counter
from contextlib import closing

import pytest

from etl import mysql, postgres
from etl.mysql import Source
from etl.postgres import Target
from etl.tables import BY_SOURCE
from etl.verification.deep_compare import DeepCompare
from etl.verification.sides import Range
from tests.etl.test_learner_state import FIRST, left
from tests.etl.world import World

TABLE = BY_SOURCE["courseware_studentmodule"]
STATES = ('{"position": 3}', '{"score": NaN}', '{"n": 1e-20000}', '{"a": "x\0y"}', "", None)
ALL_ROWS = Range(None, None)


def different(world: World, part: Range = ALL_ROWS, *, every: int = 1, turn: int = 0) -> list[str]:
    """Name the rows whose documents differ."""
    with (
        closing(mysql.connect(world.settings.legacy)) as legacy,
        closing(postgres.connect(world.settings.modern)) as modern,
    ):
        compare = DeepCompare(Source(legacy), Target(modern), TABLE, every, turn)
        found = list(compare.different(part))
        assert {column for _, column in found} <= {"state"}
        return [key for key, _ in found]


@pytest.fixture
def kept(bridged: World) -> World:
    """A state of each sort in both databases, and a hand at modern's that nobody follows."""
    for number, state in enumerate(STATES):
        left(bridged, state, FIRST + 2 * number)
    bridged.modern.execute("SET bridge.origin = 'legacy'")
    return bridged


def put(world: World, number: int, assignments: str) -> None:
    statement = f"UPDATE learner_state_blockstate SET {assignments} WHERE id = %s"
    world.modern.execute(statement, (FIRST + 2 * number,))


def test_what_was_copied_is_equal_and_each_planted_document_is_found(kept: World) -> None:
    before = different(kept)

    put(kept, 0, """state = '{"position": 4}'""")
    put(kept, 1, "state_raw = NULL, state = '{}'")
    put(kept, 2, "state_raw = NULL, state = '{}'")
    put(kept, 3, "state_raw = state_raw || ' '")
    put(kept, 4, "state_raw = NULL")
    put(kept, 5, "state = '{}'")

    assert before == []
    assert different(kept) == [str(FIRST + 2 * number) for number in range(len(STATES))]
    assert different(kept, Range(FIRST, FIRST + 4)) == [str(FIRST + 2), str(FIRST + 4)]


@pytest.mark.parametrize("lost", ["state = NULL, state_raw = NULL", "state_raw = '{}'"])
def test_a_checksum_stands_for_no_document_that_is_gone_or_hidden(kept: World, lost: str) -> None:
    put(kept, 0, lost)

    # Of so many rows that it is not compared itself.
    outcome = kept.etl("verify", "--tables", TABLE.source, "--documents", "1000000000")

    assert f"  {FIRST}: different in state" in outcome.output.splitlines()


def test_rows_of_another_text_are_left_to_the_checksums(kept: World) -> None:
    put(kept, 0, """state = '{"position": 4}', state_crc = 1""")
    kept.write("UPDATE courseware_studentmodule SET state = '{}' WHERE id = %s", FIRST + 2)

    assert different(kept) == []


def test_every_row_has_its_turn_once(kept: World) -> None:
    kept.modern.execute("UPDATE learner_state_blockstate SET state = '{}', state_raw = 'x'")

    turns = Counter(key for turn in range(5) for key in different(kept, every=5, turn=turn))

    ids = kept.legacy_rows("SELECT id FROM courseware_studentmodule")
    assert turns == Counter(str(key) for (key,) in ids)


def test_verify_looks_at_documents_and_repairs_those_that_are_others(kept: World) -> None:
    put(kept, 0, """state = '{"position": 4}'""")
    verify = ("verify", "--tables", "courseware_studentmodule", "--documents", "1")

    found, quick = kept.etl(*verify), kept.etl(*verify, "--quick")
    repaired = kept.etl(*verify, "--repair")

    assert f"  {FIRST}: different in state" in found.output.splitlines()
    assert (found.code, quick.code, repaired.code) == (1, 0, 0)
    assert different(kept) == []
