"""Every ordinary column type: the log spells a value as a SELECT does."""

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from deploy.stack import Servers
from deploy.stack.reach import connect_mysql
from etl import mysql
from etl.column_spellers import spell_double
from etl.convert import Kind
from etl.mysql import Source
from etl.rows import Row
from etl.settings import LegacyAddress
from etl.tables import Column, TableMap
from tests.etl.logs import heard, opened
from tests.servers import fresh_mariadb

_SIGNED = {name: (-(1 << bits - 1), (1 << bits - 1) - 1) for name, bits in (
    ("tinyint", 8), ("smallint", 16), ("mediumint", 24), ("int", 32), ("bigint", 64))}  # fmt: skip
TEXT = st.text(st.characters(codec="utf-8", max_codepoint=0xFFFF), max_size=20)
MOMENTS = st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59))  # noqa: DTZ001 - legacy's are naive
SECONDS = st.integers(1, 2_147_483_647)
HOURS = st.integers(-838 * 3600, 838 * 3600)
BYTES = st.binary(max_size=20)


def _clock(seconds: int, part: int) -> str:
    minutes, second = divmod(abs(seconds), 60)
    sign = "-" if seconds < 0 else ""
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}:{second:02}.{part:06}"


# Column type → what is written to it.
TYPES = {
    **{name: st.integers(low, high) for name, (low, high) in _SIGNED.items()},
    **{f"{name} unsigned": st.integers(0, high * 2 + 1) for name, (_, high) in _SIGNED.items()},
    "float": st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False),
    "double": st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False),
    "double(12,3)": st.floats(-1e8, 1e8),
    "decimal(5,2)": st.decimals(-999, 999, places=2),
    "decimal(30,10)": st.decimals(-(10**19), 10**19, places=10),
    "decimal(9,0)": st.integers(-999_999_999, 999_999_999),
    "decimal(18,18)": st.decimals("-0.9", "0.9", places=18),
    "date": st.dates(dt.date(1000, 1, 1)),
    **{f"datetime({digits})": MOMENTS for digits in range(7)},
    **{
        f"timestamp({digits})": SECONDS.map(
            lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%F %T")
        )
        for digits in (0, 1, 6)
    },
    **{f"time({digits})": st.builds(_clock, HOURS, st.integers(0, 999_999)) for digits in range(7)},
    "year": st.integers(1901, 2155),
    "bit(3)": st.integers(0, 7),
    "bit(20)": st.integers(0, (1 << 20) - 1),
    "char(40)": TEXT,
    "char(255) character set utf8mb4": TEXT,
    "varchar(40)": TEXT,
    "varchar(300)": TEXT,
    "varchar(40) character set utf8mb4": st.text(st.characters(codec="utf-8"), max_size=20),
    "varchar(40) character set latin1": st.text(st.characters(codec="cp1252"), max_size=20),
    "varchar(40) character set ucs2": TEXT,
    "varchar(40) character set cp1251": st.text(st.characters(codec="cp1251"), max_size=20),
    "binary(20)": BYTES,
    "varbinary(300)": BYTES,
    "tinytext": TEXT,
    "longtext": TEXT,
    "text character set latin1": st.text(st.characters(codec="cp1252"), max_size=20),
    "tinyblob": BYTES,
    "mediumblob": BYTES,
    "enum('a','it''s','ö')": st.sampled_from(["a", "it's", "ö", "unknown"]),
    "set('x','y','z')": st.sampled_from(["", "x", "x,z", "y,z", "x,y,z"]),
}
# Values that no generator comes up with often enough; the server lets them in with an empty mode.
UGLY = {
    "date": ["0000-00-00", "2015-00-10", "2015-02-00", "9999-12-31"],
    "datetime(6)": ["0000-00-00", "2015-00-10 01:02:03", "1969-12-31 23:59:59.999999"],
    "datetime(0)": ["0000-00-00", "2015-02-00 00:00:00"],
    "timestamp(6)": ["0000-00-00", "1970-01-01 00:00:01.000001", "2038-01-19 03:14:07.999999"],
    "timestamp(0)": ["0000-00-00", "2038-01-19 03:14:07"],
    "time(6)": ["-838:59:59", "-00:00:00.5", "838:59:59", "-01:02:03.000004"],
    "time(1)": ["-00:00:00.5", "-00:00:00.1"],
    "time(3)": ["-00:00:00.001", "-00:00:59.999"],
    "year": [0, "0000", 1901],
    "float": [0.1, 1e-30, 1e15, 16777216.0, 3.4e38, 1234567.9, -0.0],
    "double": [1e15, 1e14, 123456789012345680.0, 1e-14, 1e-15, 1e-16, 5e-324, 1.5e300, -0.0, 0.1],
    "decimal(30,10)": ["-0.0000000001", "-99999999999999999999.9999999999", "0"],
    "char(40)": ["ab ", "", "e\u0301"],
    "varchar(40)": ["a\0b\tc\nd\\e", "trailing  "],
    "varchar(300)": ["x" * 300, "\u00e9" * 300],
    "binary(20)": [b"", b"\0\xff\0", b"x" * 20],
    "varbinary(300)": [b"x" * 300, b"\0"],
    "enum('a','it''s','ö')": [""],
    "tinyint": [2, -1],
}
NAMES = {kind: f"c{number}" for number, kind in enumerate(TYPES)}
ANY = Kind("anything", None, str, frozenset({kind.split("(")[0].split(" ")[0] for kind in TYPES}))
TABLE = TableMap(
    "every_type",
    "",
    key="id",
    columns=tuple(Column(name, kind=ANY) for name in ("id", *NAMES.values())),
)


@dataclass(frozen=True, slots=True)
class Legacy:
    """A database with one table that has a column of every type."""

    address: LegacyAddress
    source: Source

    def written(
        self, columns: list[str], rows: list[tuple[object, ...]]
    ) -> tuple[list[Row], list[Row]]:
        """Write rows; give them as a SELECT has them, and as the log has them."""
        self.source.fetch("DELETE FROM every_type")
        start = self.source.end_of_log()
        names = ", ".join(columns)
        for number, row in enumerate(rows, 1):
            marks = ", ".join(["%s"] * (len(row) + 1))
            self.source.fetch(
                f"INSERT INTO every_type (id, {names}) VALUES ({marks})", number, *row
            )
        selected = list(self.source.reader(TABLE).chunk(None, 1_000).rows)
        with opened(self.address, start, TABLE) as binlog:
            changes = heard(binlog, self.source.end_of_log()).changes
        return selected, [change.row for change in changes if change.row is not None]


@pytest.fixture(scope="module")
def mariadb_types(servers: Servers) -> Iterator[str]:
    with fresh_mariadb(servers) as url:
        yield url


@pytest.fixture(scope="module", params=["mariadb_types", "mysql56_url"])
def legacy(request: pytest.FixtureRequest) -> Iterator[Legacy]:
    url: str = request.getfixturevalue(request.param)
    with closing(connect_mysql(url)) as admin:
        columns = ", ".join(f"{name} {kind} NULL" for kind, name in NAMES.items())
        with admin.cursor() as cursor:
            cursor.execute("SET NAMES utf8mb4")
            cursor.execute("DROP TABLE IF EXISTS every_type")
            cursor.execute(f"CREATE TABLE every_type (id bigint PRIMARY KEY, {columns})")
        address = LegacyAddress.parse(url)
        with closing(mysql.connect(address)) as connection:
            source = Source(connection)
            source.fetch("SET sql_mode = ''")
            yield Legacy(address, source)


@settings(
    max_examples=25,
    deadline=None,
    # Shrinking would write thousands of rows to say the same about one column.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.lists(
        st.tuples(*(st.none() | values for values in TYPES.values())), min_size=1, max_size=8
    )
)
def test_the_log_spells_random_rows_of_all_types_as_a_select_does(
    legacy: Legacy, rows: list[tuple[object, ...]]
) -> None:
    selected, logged = legacy.written(list(NAMES.values()), rows)

    assert logged == selected


@pytest.mark.parametrize("kind", UGLY)
def test_the_log_spells_ugly_values_as_a_select_does(legacy: Legacy, kind: str) -> None:
    selected, logged = legacy.written([NAMES[kind]], [(value,) for value in UGLY[kind]])

    assert logged == selected
    assert len(logged) == len(UGLY[kind])


def test_bytes_that_their_character_set_does_not_have_are_spelled_alike(legacy: Legacy) -> None:
    column = NAMES["varchar(40) character set latin1"]

    selected, logged = legacy.written([column], [(b"\x81\x8d\x8f\x90\x9d\xe9",)])

    assert logged == selected


@pytest.mark.parametrize(
    ("value", "spelling"),
    [
        (0.5, b"0.5"),
        (3.0, b"3"),
        (1e15, b"1e15"),
        (1e-15, b"0.000000000000001"),
        (-1e-16, b"-1e-16"),
    ],
)
def test_a_double_is_spelled_as_the_server_prints_it(value: float, spelling: bytes) -> None:
    assert spell_double(value) == spelling
