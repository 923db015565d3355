"""Every ordinary column type: the log spells a value as a SELECT does."""

import datetime as dt
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from deploy.stack import Servers
from etl import mysql
from etl.catalogue import SourceColumn
from etl.mysql import Source, text
from etl.settings import LegacyAddress
from etl.spelling.column_layouts import VARCHAR, Layout
from etl.spelling.column_numbers import spell_double
from etl.spelling.column_spellers import can_spell, reading
from tests.etl.every_type import Legacy, table_with
from tests.servers import fresh_mariadb

_SIGNED = {name: (-(1 << bits - 1), (1 << bits - 1) - 1) for name, bits in (
    ("tinyint", 8), ("smallint", 16), ("mediumint", 24), ("int", 32), ("bigint", 64))}  # fmt: skip
TEXT = st.text(st.characters(codec="utf-8", max_codepoint=0xFFFF), max_size=20)
MOMENTS = st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59))  # noqa: DTZ001 - legacy's are naive
SECONDS = st.integers(1, 2_147_483_647)
HOURS = st.integers(-838 * 3600, 838 * 3600)
BYTES = st.binary(max_size=20)
# Reference system 0, little-endian, a point; two doubles follow.
POINT = b"\0\0\0\0\1\1\0\0\0"


def clock(seconds: int, part: int) -> str:
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
    **{f"time({digits})": st.builds(clock, HOURS, st.integers(0, 999_999)) for digits in range(7)},
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
    "int(7) zerofill": st.integers(0, 4_294_967_295),
    "bigint(20) unsigned zerofill": st.integers(0, (1 << 64) - 1),
    "decimal(9,3) zerofill": st.decimals(0, 99_999, places=3),
    "point": st.binary(min_size=16, max_size=16).map(lambda raw: POINT + raw),
    "geometry": st.binary(min_size=16, max_size=16).map(lambda raw: POINT + raw),
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


@pytest.fixture(scope="module")
def mariadb_types(servers: Servers) -> Iterator[str]:
    with fresh_mariadb(servers) as url:
        yield url


@pytest.fixture(scope="module", params=["mariadb_types", "mysql56_url", "mysql57_url"])
def legacy(request: pytest.FixtureRequest) -> Iterator[Legacy]:
    with table_with(request.getfixturevalue(request.param), TYPES) as legacy:
        yield legacy


@settings(
    max_examples=25,
    # Shrinking would write thousands of rows to say the same about one column.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rows=st.lists(
        st.tuples(*(st.none() | values for values in TYPES.values())), min_size=1, max_size=8
    )
)
def test_the_log_spells_random_rows_of_all_types_as_a_select_does(
    legacy: Legacy, rows: list[tuple[object, ...]]
) -> None:
    selected, logged = legacy.written(list(TYPES), rows)

    assert logged == selected


@pytest.mark.parametrize("kind", UGLY)
def test_the_log_spells_ugly_values_as_a_select_does(legacy: Legacy, kind: str) -> None:
    selected, logged = legacy.written([kind], [(value,) for value in UGLY[kind]])

    assert logged == selected
    assert len(logged) == len(UGLY[kind])


def test_bytes_that_their_character_set_does_not_have_are_spelled_alike(legacy: Legacy) -> None:
    column = "varchar(40) character set latin1"

    selected, logged = legacy.written([column], [(b"\x81\x8d\x8f\x90\x9d\xe9",)])

    assert logged == selected


def test_every_byte_of_a_character_set_is_spelled_alike_or_the_set_is_refused(
    mariadb_types: str,
) -> None:
    with closing(mysql.connect(LegacyAddress.parse(mariadb_types))) as legacy:
        source = Source(legacy)
        found = source.fetch(f"SELECT character_set_name {OF_ONE_BYTE}")
        names = [text(name) for (name,) in found]
        spelled = {name: spellings(name) for name in names if can_spell(column_in(name))}
        converted = {name: source.fetch(every_byte(name))[0] for name in spelled}

    assert {name for name in spelled if spelled[name] != converted[name]} == set()
    assert {"latin1", "latin2", "ascii", "cp1251"} <= spelled.keys()
    assert {"greek", "koi8r"}.isdisjoint(spelled)


OF_ONE_BYTE = (
    "FROM information_schema.character_sets WHERE maxlen = 1 AND character_set_name <> 'binary'"
)


def column_in(charset: str) -> SourceColumn:
    return SourceColumn("c", "varchar", charset=charset)


def spellings(charset: str) -> tuple[bytes, ...]:
    spell = reading(column_in(charset), Layout(VARCHAR, 1, 0, 9)).spell
    assert spell is not None
    return tuple(spell(bytes([byte])) for byte in range(256))


def every_byte(charset: str) -> str:
    return "SELECT " + ", ".join(
        f"CAST(CONVERT(_{charset} x'{byte:02x}' USING utf8mb4) AS BINARY)" for byte in range(256)
    )


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
