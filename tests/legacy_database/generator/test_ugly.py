import json

import pytest

from tests.legacy_lms.database.facts import tables
from tests.legacy_lms.database.generator.ugly import EVERY, INVENTORY, blemish, spoil

SPOILT = [(table, kind) for table, kinds in INVENTORY.items() for kind in kinds]


def test_blemishes_take_turns_and_most_rows_stay_clean() -> None:
    kinds = INVENTORY["auth_user"]
    met = [blemish("auth_user", index) for index in range(EVERY * len(kinds) * 2)]

    assert [kind for kind in met if kind] == [*kinds, *kinds]
    assert met.count(None) == (EVERY - 1) * len(kinds) * 2


def test_one_column_is_spoilt_and_the_others_stay() -> None:
    clean = tuple(range(101, 112))

    assert spoil("auth_user", EVERY - 1, clean) == (
        *(101, 102, "0000-00-00 00:00:00.000000", *range(104, 112)),
    )
    assert spoil("auth_user", 0, clean) == clean


def test_a_table_without_an_inventory_stays_clean() -> None:
    assert spoil("auth_registration", EVERY - 1, (1, "key", 1)) == (1, "key", 1)


@pytest.mark.parametrize(("table", "kind"), SPOILT, ids=lambda part: getattr(part, "name", part))
def test_a_blemish_names_a_column_of_its_table(table: str, kind: object) -> None:
    found = next(known for known in INVENTORY[table] if known == kind)

    assert found.column in {column.name for column in tables()[table].columns}


@pytest.mark.parametrize("name", ["state empty", "state truncated", "state only NUL"])
def test_some_states_are_no_json_at_all(name: str) -> None:
    text = next(k.value for k in INVENTORY["courseware_studentmodule"] if k.name == name)

    with pytest.raises(json.JSONDecodeError):
        json.loads(str(text))
