"""A table with a column of each of some types, as a SELECT has its rows and as the log does."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from deploy.stack.reach import connect_mysql
from etl import mysql
from etl.mysql import Source
from etl.rows import Row
from etl.settings import LegacyAddress
from etl.tables import Column, TableMap
from etl.values.convert import Kind
from tests.etl.logs import heard, opened


@dataclass(frozen=True, slots=True)
class Legacy:
    """The table, its columns by the type they have, and where it is."""

    address: LegacyAddress
    source: Source
    table: TableMap
    names: Mapping[str, str]

    def written(
        self, kinds: Sequence[str], rows: Sequence[tuple[object, ...]]
    ) -> tuple[list[Row], list[Row]]:
        """Write rows; give them as a SELECT has them, and as the log has them."""
        self.source.fetch("DELETE FROM every_type")
        start = self.source.end_of_log()
        names = ", ".join(self.names[kind] for kind in kinds)
        for number, row in enumerate(rows, 1):
            marks = ", ".join(["%s"] * (len(row) + 1))
            self.source.fetch(
                f"INSERT INTO every_type (id, {names}) VALUES ({marks})", number, *row
            )
        selected = list(self.source.reader(self.table).chunk(None, 1_000).rows)
        with opened(self.address, start, self.table) as binlog:
            changes = heard(binlog, self.source.end_of_log()).changes
        return selected, [change.row for change in changes if change.row is not None]


@contextmanager
def table_with(url: str, kinds: Sequence[str]) -> Iterator[Legacy]:
    """Make the table `every_type` in a database, with columns of these types."""
    names = {kind: f"c{number}" for number, kind in enumerate(kinds)}
    columns = ", ".join(f"{name} {kind} NULL" for kind, name in names.items())
    with closing(connect_mysql(url)) as admin, admin.cursor() as cursor:
        cursor.execute("SET NAMES utf8mb4")
        cursor.execute("DROP TABLE IF EXISTS every_type")
        cursor.execute(f"CREATE TABLE every_type (id bigint PRIMARY KEY, {columns})")
    address = LegacyAddress.parse(url)
    with closing(mysql.connect(address)) as connection:
        source = Source(connection)
        source.fetch("SET sql_mode = ''")
        yield Legacy(address, source, _table(names), names)


def _table(names: Mapping[str, str]) -> TableMap:
    types = {kind.split("(")[0].split(" ")[0] for kind in names}
    anything = Kind("anything", None, str, frozenset(types | {"bigint"}))
    columns = tuple(Column(name, kind=anything) for name in ("id", *names.values()))
    return TableMap("every_type", "", key="id", columns=columns)
