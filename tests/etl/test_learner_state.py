"""Learner state crosses with every ugliness it has, and modern rewrites none that it left alone."""

import json
from zlib import crc32

import pytest

from tests.etl.back.test_write_back import write_back
from tests.etl.world import World
from tests.legacy_lms.database.generator.ugly import INVENTORY, Blemish

ADA = 7
COURSE = "course-v1:LabU+VER101+2016_T3"
FIRST = 100_001
UGLY = INVENTORY["courseware_studentmodule"]
INSERT = (
    "INSERT INTO courseware_studentmodule (id, module_type, module_id, course_id, state, grade,"
    " max_grade, done, created, modified, student_id)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
COLUMNS = (
    "block_type, course_key, state, state_raw, state_crc, score, max_score, done, created_at,"
    " modified_at, user_id %% 1000"
)
STATES = "SELECT id, HEX(state) FROM courseware_studentmodule WHERE id >= {} ORDER BY id".format
EXTENDED = """
    CREATE TABLE coursewarehistoryextended_studentmodulehistoryextended (
        version varchar(255), created datetime(6) NOT NULL, state longtext, grade double,
        max_grade double, id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
        student_module_id int NOT NULL
    )
"""


def ugly_row(blemish: Blemish, key: int) -> tuple[object, ...]:
    clean: dict[str, object] = {
        "id": key,
        "module_type": "problem",
        "module_id": f"block-v1:LabU+VER101+2016_T3+type@problem+block@{key}",
        "course_id": COURSE,
        "state": '{"seed": 1}',
        "grade": 1,
        "max_grade": 2,
        "done": "na",
        "created": "2016-09-05 07:12:44.000001",
        "modified": "2016-09-05 07:12:44",
        "student_id": ADA,
    }
    return tuple((clean | {blemish.column: blemish.of(None, key % 1_000)}).values())


def write_ugly(world: World, first: int) -> None:
    """Write one row of each blemish."""
    world.write_many(
        INSERT, [ugly_row(each, first + 2 * number) for number, each in enumerate(UGLY)]
    )


def left(world: World, state: str | None, key: int = FIRST) -> None:
    """Let the learner leave a state in legacy, and bring it over."""
    world.write_many(INSERT, [ugly_row(Blemish("", "state", state), key)])
    world.caught_up()


def legacy_state(world: World, key: int = FIRST) -> object:
    query = f"SELECT state FROM courseware_studentmodule WHERE id = {key}"
    ((state,),) = world.legacy_rows(query)
    return state


def change(world: World, assignments: str, key: int = FIRST) -> None:
    world.modern.execute(f"UPDATE learner_state_blockstate SET {assignments} WHERE id = %s", (key,))


def documents(world: World, key: int = FIRST) -> tuple[object, ...]:
    query = "SELECT state, state_raw, state_crc FROM learner_state_blockstate WHERE id = %s"
    (found,) = world.rows(query, key)
    return found


def test_the_ugly_is_equal_by_snapshot_and_log_and_modern_rewrites_none_of_it(world: World) -> None:
    write_ugly(world, FIRST)
    world.installed()
    write_ugly(world, FIRST + 1_000)
    world.caught_up()
    query = f"SELECT {COLUMNS} FROM learner_state_blockstate WHERE id BETWEEN %s AND %s ORDER BY id"
    snapshot, log = (world.rows(query, first, first + 999) for first in (FIRST, FIRST + 1_000))
    before = world.legacy_rows(STATES(FIRST))

    world.modern.execute(
        "UPDATE learner_state_blockstate SET max_score = 5 WHERE id >= %s", (FIRST,)
    )
    carried = write_back(world)

    assert snapshot == log
    assert len(snapshot) == len(UGLY)
    assert (carried.written, carried.conflicts) == (2 * len(UGLY), 0)
    assert world.legacy_rows(STATES(FIRST)) == before
    world.caught_up()
    assert world.etl("verify", "--tables", "courseware_studentmodule").code == 0
    assert world.value("SELECT count(*) FROM bridge.set_aside") == 0


def test_what_modern_leaves_goes_back_in_legacys_spelling_and_gets_its_checksum(
    bridged: World,
) -> None:
    forgotten, text, none, again = FIRST + 2, FIRST + 4, FIRST + 6, FIRST + 8
    for key in (FIRST, forgotten, text, none, again):
        left(bridged, '{"score": NaN}' if key == text else '{"position":  3}', key)

    change(bridged, """state = '{"word": "\u00eb\U0001f600", "position": 4}', state_crc = NULL""")
    change(bridged, """state = '{"position": 4}'""", forgotten)
    change(bridged, "state = '{}', state_raw = NULL, state_crc = NULL", text)
    change(bridged, "state = NULL, state_crc = NULL", none)
    change(bridged, "state_crc = NULL", again)
    write_back(bridged)

    spelled = '{"word": "\\u00eb\\ud83d\\ude00", "position": 4}'
    assert legacy_state(bridged) == spelled
    assert legacy_state(bridged, forgotten) == '{"position": 4}'
    assert legacy_state(bridged, text) == "{}"
    assert legacy_state(bridged, none) is None
    assert legacy_state(bridged, again) == '{"position":  3}'
    bridged.caught_up()
    assert documents(bridged) == (json.loads(spelled), None, crc32(spelled.encode()))
    assert documents(bridged, none) == (None, None, None)
    assert bridged.etl("verify", "--tables", "courseware_studentmodule").code == 0


def test_a_conflict_keeps_all_of_both_documents(bridged: World) -> None:
    """Digits that no double holds, and an escaped NUL, which jsonb refuses where it is no text."""
    left(bridged, '{"n": 123456789012345678901234567890}')
    theirs = '{"n": "a\\u0000b"}'
    bridged.write("UPDATE courseware_studentmodule SET state = %s WHERE id = %s", theirs, FIRST)

    change(bridged, """state = '{"n": 1}', state_crc = NULL""")

    assert write_back(bridged).conflicts == 1
    assert legacy_state(bridged) == theirs
    assert bridged.rows(
        "SELECT legacy ->> 'state', before #>> '{state,n}' FROM bridge.conflict"
    ) == [(theirs, "123456789012345678901234567890")]
    outcome = bridged.etl("conflicts", "--values", "--json")
    (conflict,) = json.loads(outcome.output)["conflicts"]
    assert conflict["columns"] == ["state"]
    assert conflict["values"]["state"]["legacy"] == theirs
    assert documents(bridged) == (None, theirs, crc32(theirs.encode()))


def test_a_row_that_legacy_deleted_is_made_again_where_moderns_writes_stand(
    bridged: World,
) -> None:
    left(bridged, '{"a": -Infinity}')
    bridged.write("DELETE FROM courseware_studentmodule WHERE id = %s", FIRST)

    change(bridged, "score = 2")
    outcome = bridged.etl("write-back", "--until-empty", "--policy", "modern")

    assert outcome.code == 0
    assert legacy_state(bridged) == '{"a": -Infinity}'


@pytest.mark.parametrize("there", [True, False])
def test_the_second_history_is_copied_where_legacy_has_it(world: World, *, there: bool) -> None:
    if there:
        world.write(EXTENDED)
        world.write(
            "INSERT INTO coursewarehistoryextended_studentmodulehistoryextended"
            " VALUES ('v', '2016-09-05 07:12:44', '{\"seed\": 1}', 0.5, 1, 1, 3)"
        )
    world.installed()

    rows = world.rows("SELECT block_state_id, state, score FROM learner_state_history")
    captured = world.value(
        "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'learner_state_history'::regclass"
        " AND tgname = 'bridge_capture'"
    )
    assert rows == ([(3, {"seed": 1}, 0.5)] if there else [])
    assert captured == int(there)
    assert world.etl("verify").code == 0
