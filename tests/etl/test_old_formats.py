"""A MariaDB with tables of before 5.6.4, a compressed log and rows of more than 16 MB."""

import datetime as dt
import random
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from etl import mysql
from etl.mysql import Source
from etl.settings import LegacyAddress
from etl.tables import Column, TableMap
from etl.values.convert import INTEGER
from tests.etl import private_mariadb
from tests.etl.every_type import Legacy, table_with
from tests.etl.logs import heard, opened
from tests.etl.spelling.test_column_spellers import HOURS, MOMENTS, SECONDS, UGLY, clock
from tests.etl.world import World, connected, restore

OPTIONS = (
    "--mysql56-temporal-format=OFF",
    "--log-bin-compress=ON",
    "--log-bin-compress-min-len=10",
    "--max-allowed-packet=64M",
    "--innodb-log-file-size=256M",
    "--auto-increment-increment=2",
    "--auto-increment-offset=1",
)
DIGITS = range(7)
TYPES = {
    "date": st.dates(dt.date(1000, 1, 1)),
    **{f"datetime({digits})": MOMENTS for digits in DIGITS},
    **{
        f"timestamp({digits})": SECONDS.map(
            lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%F %T.%f")
        )
        for digits in DIGITS
    },
    **{f"time({digits})": st.builds(clock, HOURS, st.integers(0, 999_999)) for digits in DIGITS},
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with (
        private_mariadb.made() as folder,
        private_mariadb.running(folder, *private_mariadb.LOGGING, *OPTIONS) as url,
    ):
        yield url


@pytest.fixture(scope="module")
def legacy(server: str) -> Iterator[Legacy]:
    with table_with(server, TYPES) as legacy:
        yield legacy


@settings(
    max_examples=15,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=st.lists(st.tuples(*(st.none() | values for values in TYPES.values())), min_size=1))
def test_the_log_spells_old_formats_as_a_select_does(
    legacy: Legacy, rows: list[tuple[object, ...]]
) -> None:
    selected, logged = legacy.written(list(TYPES), rows)

    assert logged == selected


@pytest.mark.parametrize("kind", sorted(UGLY.keys() & TYPES.keys()))
def test_the_log_spells_ugly_values_of_old_formats_as_a_select_does(
    legacy: Legacy, kind: str
) -> None:
    selected, logged = legacy.written([kind], [(value,) for value in UGLY[kind]])

    assert logged == selected
    assert len(logged) == len(UGLY[kind])


def test_columns_in_old_formats_are_stepped_over_as_well(legacy: Legacy) -> None:
    narrow = TableMap("every_type", "", key="id", columns=(Column("id", kind=INTEGER),))
    start = legacy.source.end_of_log()
    legacy.written(list(TYPES), [("2016-09-05 07:12:44.5",) * 8 + ("2016-09-05",) * 7 + ("1",) * 7])

    with opened(legacy.address, start, narrow) as binlog:
        changes = heard(binlog, legacy.source.end_of_log()).changes

    assert [change.row for change in changes if change.row] == [(b"1",)]


@pytest.fixture
def lonely(server: str, modern_url: str) -> Iterator[World]:
    restore(server)
    with connected(server, modern_url) as world:
        yield world


def test_a_compressed_log_is_followed(lonely: World) -> None:
    lonely.installed()
    lonely.write("INSERT INTO auth_group (id, name) VALUES (9001, %s), (9003, 'b')", "a" * 79)
    lonely.write("UPDATE auth_group SET name = CONCAT(name, '!') WHERE id > 9000")
    lonely.write("DELETE FROM auth_group WHERE id = 9003")
    lonely.caught_up()

    assert lonely.rows("SELECT id, name FROM auth_group WHERE id > 9000") == [
        (9001, "a" * 79 + "!")
    ]
    assert "compressed" in {str(kind).rsplit("_", maxsplit=1)[-1] for kind in event_types(lonely)}


def event_types(world: World) -> set[str]:
    """The types of events in the log's last file, as the server calls them, in small letters."""
    ((file, *_),) = world.legacy_rows("SHOW MASTER STATUS")
    events = world.legacy_rows(f"SHOW BINLOG EVENTS IN '{file}'")
    return {str(kind).lower() for _, _, kind, *_ in events}


def test_a_compressed_statement_is_a_barrier(lonely: World) -> None:
    lonely.installed()
    with lonely.legacy.cursor() as cursor:
        cursor.execute("SET SESSION binlog_format = 'STATEMENT'")
        cursor.execute("UPDATE auth_user SET first_name = %s WHERE id = 1", ("x" * 30,))
    lonely.legacy.commit()

    outcome = lonely.etl("follow", "--until-caught-up")

    assert outcome.code == 2
    assert "UPDATE in the legacy log changed auth_user" in outcome.errors


def test_a_row_of_more_than_16_megabytes_arrives_whole(server: str) -> None:
    address = LegacyAddress.parse(server)
    # Nothing that would be small when compressed.
    data = random.Random(3).randbytes(17_600_000)
    table = TableMap("large", "", "id", (Column("id", kind=INTEGER), Column("t")))
    with closing(mysql.connect(address)) as connection:
        source = Source(connection)
        source.fetch("CREATE TABLE large (id int PRIMARY KEY, t longblob)")
        start = source.end_of_log()
        source.fetch("INSERT INTO large VALUES (1, %s), (3, 'b')", data)
        with opened(address, start, table) as binlog:
            first, second = heard(binlog, source.end_of_log()).changes

    assert first.row == (b"1", data)
    assert second.row == (b"3", b"b")
