from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.legacy_database.raw import lines, number, query
from tests.legacy_lms.database import load
from tests.legacy_lms.database.connection import Address, connect
from tests.legacy_lms.database.errors import AlreadyGeneratedError, RowsLostError
from tests.legacy_lms.database.facts import tables
from tests.legacy_lms.database.generator import Plan, fill, generate, people
from tests.legacy_lms.database.generator.plan import World
from tests.legacy_lms.database.generator.ugly import EVERY, INVENTORY, Value, blemish
from tests.legacy_lms.database.loader import checksums

if TYPE_CHECKING:
    from tests.legacy_lms.database.generator.progress import Progress

SMALL = Plan(seed=3, users=60, courses=5, enrollments=120, studentmodules=200)
FILLED = [job.table for job in fill.tables(SMALL)]
MOST_KINDS = max(map(len, INVENTORY.values()))
UGLY = Plan(
    seed=4,
    users=EVERY * MOST_KINDS,
    courses=5,
    enrollments=EVERY * MOST_KINDS,
    studentmodules=EVERY * MOST_KINDS,
    ugly=True,
)


def test_the_same_seed_gives_the_same_database(legacy: str, mariadb_database: str) -> None:
    load(mariadb_database)
    generate(legacy, SMALL)
    generate(mariadb_database, SMALL)

    assert checksums(legacy) == checksums(mariadb_database)


def test_another_seed_gives_another_database(legacy: str, mariadb_database: str) -> None:
    load(mariadb_database)
    generate(legacy, SMALL)
    generate(mariadb_database, replace(SMALL, seed=5))

    theirs = checksums(mariadb_database)
    assert {table for table, sum_ in checksums(legacy).items() if theirs[table] != sum_} == {
        *FILLED
    }


def test_what_was_asked_for_is_added_to_what_was_there(legacy: str) -> None:
    before = {table: number(legacy, f"SELECT COUNT(*) FROM {table}") for table in FILLED}

    outcome = generate(legacy, SMALL)

    after = {table: number(legacy, f"SELECT COUNT(*) FROM {table}") for table in FILLED}
    assert outcome.finished
    assert outcome.rows == {table: after[table] - before[table] for table in FILLED}
    assert (outcome.rows["auth_user"], outcome.rows["courseware_studentmodule"]) == (60, 200)


def test_new_ids_are_odd_and_recorded_rows_stay(legacy: str) -> None:
    recorded = lines(legacy, ["auth_user"])["auth_user"]

    generate(legacy, SMALL)

    assert lines(legacy, ["auth_user"])["auth_user"][: len(recorded)] == recorded
    assert number(legacy, "SELECT SUM(id % 2) FROM auth_user WHERE id > 22") == 60


def test_clean_rows_leave_no_reference_dangling(legacy: str) -> None:
    generate(legacy, SMALL)

    for table in FILLED:
        for key in tables()[table].foreign_keys:
            assert dangling(legacy, table, key.column, key.referenced_table) == 0


def dangling(url: str, table: str, column: str, parent: str) -> int:
    return number(
        url,
        f"SELECT COUNT(*) FROM {table} c LEFT JOIN {parent} p ON p.id = c.{column} "
        f"WHERE c.{column} IS NOT NULL AND p.id IS NULL",
    )


@pytest.mark.parametrize("table", INVENTORY)
def test_every_ugly_value_is_stored_as_it_stands_in_the_inventory(legacy: str, table: str) -> None:
    expected = blemished(legacy, table)

    generate(legacy, UGLY)

    assert [name for name, *_ in expected] == [kind.name for kind in INVENTORY[table]]
    for name, column, row_id, value in expected:
        ((stored,),) = query(legacy, f"SELECT `{column}` FROM {table} WHERE id = {row_id}")
        assert same(stored, value), name


def blemished(url: str, table: str) -> list[tuple[str, str, int, Value]]:
    with connect(url) as connection:
        connection.select_db(Address.parse(url).database)
        world = fill.world_of(connection, UGLY)
    make = next(job.make for job in fill.tables(UGLY) if job.table == table)
    names = [column.name for column in tables()[table].columns]
    found = []
    for index in range(EVERY * len(INVENTORY[table])):
        if ugly := blemish(table, index):
            (clean,) = make(world, index)
            row_id = int(str(clean[0]))
            value = ugly.of(clean[names.index(ugly.column)], row_id)
            found.append((ugly.name, ugly.column, row_id, value))
    return found


def same(stored: bytes | None, value: Value) -> bool:
    if stored is None:
        return value is None
    if isinstance(value, float):
        return float(stored).hex() == value.hex()
    return stored == str(value).encode()


def test_a_second_run_is_refused_and_changes_nothing(legacy: str) -> None:
    generate(legacy, SMALL)
    before = checksums(legacy)

    with pytest.raises(AlreadyGeneratedError, match="go back to the recorded ones"):
        generate(legacy, SMALL)

    assert checksums(legacy) == before


def test_a_row_that_the_server_does_not_keep_is_not_passed_over(legacy: str) -> None:
    query(legacy, "UPDATE auth_user SET username = 'anna_0' WHERE id = 22")
    taken = [(b"anna_0",)]
    seed = next(s for s in range(10_000) if first_username(s) == "anna_0")

    with pytest.raises(RowsLostError, match="kept 59 of 60 rows sent to auth_user"):
        generate(legacy, replace(SMALL, seed=seed))

    assert query(legacy, "SELECT username FROM auth_user WHERE id >= 22") == taken


def first_username(seed: int) -> str:
    return people.username(World.of(replace(SMALL, seed=seed), {}), 0)


def test_a_run_that_is_asked_to_stop_keeps_whole_chunks(
    legacy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill, "CHUNK", 25)
    seen: list[Progress] = []

    outcome = generate(legacy, SMALL, report=seen.append, stopped=lambda: len(seen) > 0)

    assert not outcome.finished
    assert outcome.rows == {"auth_user": 50}
    assert number(legacy, "SELECT COUNT(*) FROM auth_user WHERE id > 22") == 50


def test_progress_is_told_after_every_chunk_and_ends_at_all(
    legacy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill, "CHUNK", 25)
    seen: list[Progress] = []

    generate(legacy, SMALL, report=seen.append)

    users = [(p.done, p.rows) for p in seen if p.table == "auth_user"]
    assert users == [(25, 25), (50, 50), (60, 60)]
    assert {p.table for p in seen if p.done == p.total} == {*FILLED}
