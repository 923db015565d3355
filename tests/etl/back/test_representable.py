"""What a legacy column gives back: decided beforehand, and held to what the server really does."""

import contextlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal

import pymysql
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.stack.reach import connect_mysql
from etl import mysql
from etl.back import column_limits, legacy_values, representable
from etl.back.representable import Limits, Misfit, Reason
from etl.mysql import Source, TableReader
from etl.rows import Parameter
from etl.settings import LegacyAddress
from etl.tables import Column, TableMap
from etl.values import convert

TYPES = {
    "key": ("int NOT NULL PRIMARY KEY", convert.INTEGER),
    "name": ("varchar(5) CHARACTER SET utf8mb3", convert.TEXT),
    "code": ("char(3) CHARACTER SET utf8mb3", convert.TEXT),
    "note": ("tinytext CHARACTER SET utf8mb3", convert.TEXT),
    "western": ("varchar(5) CHARACTER SET latin1", convert.TEXT),
    "plain": ("varchar(5) CHARACTER SET ascii", convert.TEXT),
    "wide": ("varchar(5) CHARACTER SET utf8mb4", convert.TEXT),
    "required": ("varchar(5) NOT NULL DEFAULT ''", convert.TEXT),
    "tiny": ("tinyint", convert.INTEGER),
    "age": ("smallint unsigned", convert.INTEGER),
    "middle": ("mediumint", convert.INTEGER),
    "number": ("int", convert.INTEGER),
    "large": ("bigint", convert.INTEGER),
    "largest": ("bigint unsigned", convert.INTEGER),
    "grade": ("decimal(5,2)", convert.NUMBER),
    "price": ("decimal(6,3) unsigned", convert.NUMBER),
    "score": ("double", convert.DOUBLE),
    "weight": ("float", convert.DOUBLE),
    "at": ("datetime(6)", convert.MOMENT),
    "seen": ("datetime", convert.MOMENT),
    "stamp": ("timestamp(3) NULL", convert.MOMENT),
    "born": ("date", convert.DATE),
}
TABLE = TableMap(
    source="held",
    target="held",
    key="key",
    columns=tuple(Column(name, kind=kind) for name, (_, kind) in TYPES.items()),
)
# Letters, an accent, a C1 control, a euro sign, Han, emoji, and spaces, which CHAR drops.
CHARACTERS = st.sampled_from("aZ é\x80\x81\u20ac\u6f22\uffff\N{GRINNING FACE} \0'\\")
TEXTS = st.none() | st.text(CHARACTERS, max_size=7)
EDGES = [edge + off for bits in (7, 8, 15, 16, 23, 24, 31, 32, 63, 64) for edge in (1 << bits,)
         for off in (-1, 0, 1)]  # fmt: skip
INTEGERS = st.integers(-(1 << 70), 1 << 70) | st.sampled_from(EDGES + [-edge for edge in EDGES])
DECIMALS = st.decimals(-2000, 2000, places=4) | st.decimals(-2000, 2000, places=2)
MOMENTS = st.datetimes().map(lambda at: convert.from_moment(f"{at.isoformat()}+00:00"))
SECONDS = st.datetimes().map(
    lambda at: convert.from_moment(f"{at.replace(microsecond=0).isoformat()}+00:00")
)
VALUES = {
    convert.TEXT: TEXTS | st.just("x" * 300) | st.just("é" * 200),
    convert.INTEGER: INTEGERS | st.integers(-300, 70_000),
    convert.NUMBER: DECIMALS | st.sampled_from([Decimal("NaN"), Decimal("1e40"), Decimal("1E1")]),
    convert.DOUBLE: st.floats() | st.floats(width=32),
    convert.MOMENT: MOMENTS
    | SECONDS
    | st.sampled_from(
        ["1970-01-01 00:00:00.000000", "2038-01-19 03:14:07.500000", "infinity", "0044-03-15 BC"]
    ),
    convert.DATE: st.dates().map(str) | st.just("10000-01-01"),
}
PUTS = st.sampled_from([column for column in TABLE.columns if column.source != "key"]).flatmap(
    lambda column: st.tuples(st.just(column.source), VALUES[column.kind])
)


@dataclass
class Held:
    """A table with every sort of column on the real server."""

    reader: TableReader
    limits: dict[str, Limits]

    def gives_back(self, name: str, value: Parameter) -> bool:
        """Put a value in, and say whether the same comes out."""
        source = self.reader.source
        source.fetch("DELETE FROM held")
        with contextlib.suppress(pymysql.err.Error), source.connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO held SET `key` = 1, `{name}` = %s", (value,))
        rows = self.reader.rows([b"1"])
        return bool(rows) and legacy_values.image(TABLE, rows[0])[name] == value


@pytest.fixture(scope="module", params=["", "STRICT_ALL_TABLES"])
def held(shared_legacy_url: str, request: pytest.FixtureRequest) -> Iterator[Held]:
    columns = ", ".join(f"`{name}` {kind}" for name, (kind, _) in TYPES.items())
    with (
        closing(connect_mysql(shared_legacy_url)) as owner,
        closing(mysql.connect(LegacyAddress.parse(shared_legacy_url))) as connection,
        owner.cursor() as cursor,
    ):
        cursor.execute(f"CREATE OR REPLACE TABLE held ({columns}) ENGINE=InnoDB")
        source = Source(connection)
        source.fetch(f"SET SESSION sql_mode = '{request.param}'")
        yield Held(source.reader(TABLE), dict(column_limits.read(source, "held")))
        cursor.execute("DROP TABLE held")


@settings(
    max_examples=600,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(put=PUTS)
def test_a_value_is_representable_exactly_when_the_server_gives_it_back(
    held: Held, put: tuple[str, Parameter]
) -> None:
    name, value = put

    fits = not representable.misfits(held.limits, {name: value})

    assert fits == held.gives_back(name, value)


def test_a_misfit_is_named_by_its_column_and_reason(held: Held) -> None:
    image: dict[str, Parameter] = {
        "name": "a\N{GRINNING FACE}",
        "code": "ab ",
        "note": "x" * 256,
        "required": None,
        "tiny": 128,
        "grade": Decimal("1.005"),
        "score": float("inf"),
        "born": "2016-02-29",
    }

    assert representable.misfits(held.limits, image) == (
        Misfit("name", Reason.CHARACTER),
        Misfit("code", Reason.TRAILING_SPACE),
        Misfit("note", Reason.LENGTH),
        Misfit("required", Reason.MISSING),
        Misfit("tiny", Reason.RANGE),
        Misfit("grade", Reason.DIGITS),
        Misfit("score", Reason.NO_NUMBER),
    )


@pytest.mark.parametrize(
    ("charset", "given_", "written"),
    [
        ("utf8mb3", "a\N{GRINNING FACE}é\N{GRINNING FACE}", "a?é?"),
        ("latin1", "漢é\x81€", "?é\x81€"),
    ],
)
def test_only_the_characters_at_fault_are_replaced(charset: str, given_: str, written: str) -> None:
    limits = {"v": Limits("v", "varchar", charset=charset, length=9)}
    found = representable.misfits(limits, {"v": given_})

    assert representable.fitted(limits, {"v": given_}, found) == {"v": written}
    assert not representable.misfits(limits, {"v": written})


def test_nothing_is_cut_short() -> None:
    limits = {"v": Limits("v", "varchar", charset="utf8mb3", length=2), "n": Limits("n", "tinyint")}
    image: dict[str, Parameter] = {"v": "abc", "n": 300}

    found = representable.misfits(limits, image)

    assert len(found) == 2
    assert representable.fitted(limits, image, found) == image


def test_what_is_not_known_is_left_to_the_server() -> None:
    limits = {"v": Limits("v", "json"), "t": Limits("t", "varchar", charset="big5", length=9)}

    assert representable.misfits(limits, {"v": "{", "t": "\N{GRINNING FACE}"}) == ()
