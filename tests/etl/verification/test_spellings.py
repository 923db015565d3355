"""Both servers spell equal values alike, and others otherwise; MySQL never spells one as NULL."""

import math
import random
import struct
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import pytest

from etl import mirror_kinds, mysql, postgres
from etl.catalogue import SourceColumn
from etl.mysql import Source
from etl.postgres import Connection
from etl.tables import Column
from etl.values import convert
from etl.values.convert import Kind
from etl.verification import spellings
from tests.etl.world import World, on_every_server

# Legacy's type, legacy's value, modern's type, modern's value: the first four are equal.
EQUAL = (
    (
        convert.MOMENT,
        "datetime(6)",
        "2016-05-01 10:00:00.500000",
        "timestamptz",
        "2016-05-01 10:00:00.5+00",
    ),
    (
        convert.MOMENT,
        "datetime(6)",
        "2016-05-01 10:00:00.000000",
        "timestamptz",
        "2016-05-01 10:00+00",
    ),
    (convert.MOMENT, "datetime", "2016-05-01 10:00:00", "timestamptz", "2016-05-01 10:00+00"),
    (convert.MOMENT, "datetime", "0000-00-00 00:00:00", "timestamptz", None),
    (convert.MOMENT, "datetime", None, "timestamptz", None),
    (convert.REQUIRED_MOMENT, "datetime", "0000-00-00", "timestamptz", "1970-01-01 00:00+00"),
    (convert.DATE, "datetime", "2016-05-01 10:00:00", "date", "2016-05-01"),
    (convert.BOOLEAN, "tinyint(1)", "2", "boolean", "true"),
    (convert.INTEGER, "int(5) unsigned zerofill", "7", "bigint", "7"),
    (convert.NUMBER, "decimal(8,2) zerofill", "1.50", "numeric(8,2)", "1.50"),
    (convert.TEXT, "varchar(9) character set latin1", "Zoë", "text", "Zoë"),
    (convert.TEXT, "varchar(9) character set utf8mb4", "a\0\U0001f600 ", "text", "a␀\U0001f600 "),
    (convert.DOUBLE, "float", "0.1", "double precision", "0.10000000149011612"),
    (mirror_kinds.SPAN, "time(6)", "-838:59:58.500000", "interval", "-838:59:58.5"),
    (mirror_kinds.SPAN, "time", "00:00:00", "interval", "0"),
    (mirror_kinds.BYTES, "blob", "a\0b", "bytea", r"\x610062"),
    (mirror_kinds.YEAR, "year", "0000", "smallint", "0"),
    (mirror_kinds.LABEL, "enum('a','ë')", "ë", "text", "ë"),
)
# What looked alike at some time, or might.
UNEQUAL = (
    (convert.MOMENT, "datetime", None, "timestamptz", "infinity"),
    (convert.MOMENT, "datetime", "0044-03-15 00:00:00", "timestamptz", "0044-03-15 00:00+00 BC"),
    (convert.MOMENT, "datetime(6)", "2016-05-01 10:00:00.1", "timestamptz", "2016-05-01 10:00+00"),
    (convert.REQUIRED_MOMENT, "datetime", "0000-00-00", "timestamptz", None),
    (convert.DATE, "date", None, "date", "-infinity"),
    (convert.DOUBLE, "double", "2.5e19", "double precision", "-2.5e19"),
    (convert.DOUBLE, "double", "2.5e19", "double precision", "2.5000000000000001e20"),
    (convert.DOUBLE, "double", "2.5e19", "double precision", "2.5000000001e19"),
    (convert.DOUBLE, "double", "1e-9", "double precision", "1e-10"),
    (convert.DOUBLE, "double", None, "double precision", "NaN"),
    (convert.DOUBLE, "double", "1e308", "double precision", "Infinity"),
    (convert.TEXT, "varchar(9)", None, "text", "~"),
    (convert.TEXT, "varchar(9)", "a", "text", "a "),
    (mirror_kinds.SPAN, "time", "00:00:00", "interval", "1 day"),
)


@dataclass(frozen=True, slots=True)
class Pair:
    """Both servers, as verify asks them."""

    world: World
    source: Source
    modern: Connection

    def make(self, legacy: str, modern: str) -> None:
        """Make a table on each side with one column of a type."""
        self.world.write(f"CREATE TABLE spelled (id int PRIMARY KEY, v {legacy} NULL)")
        self.modern.execute(f"CREATE TEMP TABLE spelled (id int PRIMARY KEY, v {modern})".encode())

    def drop(self) -> None:
        """Drop both tables."""
        self.world.write("DROP TABLE spelled")
        self.modern.execute("DROP TABLE spelled")

    def store(self, legacy: Sequence[object], modern: Sequence[object]) -> None:
        """Store values on each side."""
        self.world.write_many("INSERT INTO spelled VALUES (%s, %s)", list(enumerate(legacy)))
        with self.modern.cursor() as cursor:
            cursor.executemany("INSERT INTO spelled VALUES (%s, %s)", list(enumerate(modern)))

    def spelled(self, kind: Kind) -> tuple[list[str], list[str]]:
        """Give what verify compares of the values that are stored, of each side."""
        column = Column("v", kind=kind)
        (_, found) = self.source.columns("spelled")
        text = spellings.without_nul(spellings.legacy(column, found))
        legacy = self.source.fetch(f"SELECT {text} FROM spelled ORDER BY id")
        query = f"SELECT {spellings.modern(column)} FROM spelled ORDER BY id"
        modern = self.modern.execute(query.encode())
        return [(one or b"").decode() for (one,) in legacy], [str(one) for (one,) in modern]


@pytest.fixture
def pair(world: World) -> Iterator[Pair]:
    with (
        closing(mysql.connect(world.settings.legacy)) as legacy,
        closing(postgres.connect(world.settings.modern)) as modern,
    ):
        # A prepared statement would keep the type of a table that is dropped.
        modern.prepare_threshold = None
        yield Pair(world, Source(legacy), modern)


@on_every_server
def test_equal_values_have_one_text(pair: Pair) -> None:
    for kind, legacy_type, legacy, modern_type, modern in EQUAL:
        pair.make(legacy_type, modern_type)
        pair.store([legacy], [modern])
        one, other = pair.spelled(kind)
        assert one == other, (legacy_type, legacy)
        pair.drop()


@on_every_server
def test_other_values_have_other_texts(pair: Pair) -> None:
    for kind, legacy_type, legacy, modern_type, modern in UNEQUAL:
        pair.make(legacy_type, modern_type)
        pair.store([legacy], [modern])
        one, other = pair.spelled(kind)
        assert one != other, (legacy_type, legacy)
        pair.drop()


@on_every_server
def test_any_double_has_one_text_that_no_other_has(pair: Pair) -> None:
    bits = random.Random(1).randbytes(8 * 2_000)
    doubles = [value for (value,) in struct.iter_unpack("d", bits) if math.isfinite(value)]
    doubles += [2.0**power for power in range(-1_074, 1_024)]
    doubles += [10.0**power for power in range(-300, 300)]
    # The shortest decimal of this one lies half way to the next: PostgreSQL takes a longer one.
    doubles += [5.102725709340314e16, sys.float_info.max, sys.float_info.min, -0.0, 0.0]
    pair.make("double", "double precision")

    pair.store(doubles, doubles)
    legacy, modern = pair.spelled(convert.DOUBLE)

    assert legacy == modern
    assert len(set(legacy)) == len(set(doubles))


def test_a_text_longer_than_mysql_can_spell_is_not_taken_for_null(pair: Pair) -> None:
    text = spellings.legacy(Column("v"), SourceColumn("v", "longtext", charset="utf8mb4"))
    longest = "REPEAT('x', @@max_allowed_packet - 2)"

    assert pair.source.fetch(f"SELECT {text} FROM (SELECT {longest} AS v) AS longest") == ((None,),)
    assert pair.source.fetch(f"SELECT {text} FROM (SELECT NULL AS v) AS none") == ((b"~",),)
