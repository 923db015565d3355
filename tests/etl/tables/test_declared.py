"""A person is sent to the line that declares a column."""

import linecache

from deploy.stack.settings import CHECKOUT
from etl.catalogue import SourceColumn
from etl.mirrors import mirror
from etl.tables import ALL, declared
from etl.tables.learner_state import EARLIER_HISTORY, HISTORY

PLACES = {
    (table.source, column.source): declared.place(table, column.source)
    for table in ALL
    for column in table.columns
}


def test_the_line_of_every_column_of_every_map_declares_it() -> None:
    for (_, column), place in PLACES.items():
        file, _, number = place.partition(", line ")
        assert f'Column("{column}"' in linecache.getline(str(CHECKOUT / file), int(number))


def test_only_maps_that_are_made_alike_share_a_line() -> None:
    tables: dict[str, set[str]] = {}
    for (table, _), place in PLACES.items():
        tables.setdefault(place, set()).add(table)

    shared = {frozenset(names) for names in tables.values() if len(names) > 1}
    assert shared == {frozenset({EARLIER_HISTORY.source, HISTORY.source})}


def test_a_mirror_is_declared_nowhere() -> None:
    table = mirror("fork_homework", [SourceColumn("id", "int", is_key=True)])

    assert declared.place(table, "id") == ""
