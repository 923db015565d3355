"""Tables with text keys in ranges: each row is in one of them, by legacy's own order."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

import pytest

from etl import mysql
from etl.mysql import Source, TableReader
from tests.etl.world import World, on_every_server

# What an order may take for the same, or put anywhere: case, trailing blanks, accents, expansions.
UGLY = (
    "a",
    "A",
    "a ",
    "ab",
    "a\tb",
    "á",
    "ä",
    "ae",
    "æ",
    "ß",
    "ss",
    "Ss",
    "S",
    "\u017f",
    "é/a",
    "E/a",
)
UGLY += (
    "",
    " ",
    "_",
    "%",
    "\\",
    "'",
    "0",
    "00",
    "\u0131",
    "I",
    "i",
    "İ",
    "ﬁ",
    "fi",
    "\u4e2d",
    "\u0430",
)
CHARSETS = (
    ("utf8", "utf8_general_ci"),
    ("utf8", "utf8_unicode_ci"),
    ("utf8", "utf8_bin"),
    ("utf8mb4", "utf8mb4_unicode_ci"),
    ("latin1", "latin1_swedish_ci"),
)
TABLE = "text_keys"


def fill(world: World, charset: str, collation: str) -> list[str]:
    """Make a table of ugly keys and plain ones; give those that legacy took, in its order."""
    world.write(
        f"CREATE TABLE {TABLE} (word varchar(60) CHARACTER SET {charset} COLLATE {collation}"
        " PRIMARY KEY, number int) ENGINE=InnoDB"
    )
    words = [*UGLY, *(f"{'xYz'[n % 3]}/{n}" for n in range(100))]
    numbered = [(word, number) for number, word in enumerate(words)]
    world.write_many(f"INSERT IGNORE INTO {TABLE} VALUES (%s, %s)", numbered)
    world.legacy_rows(f"ANALYZE TABLE {TABLE}")
    return [str(word) for (word,) in world.legacy_rows(f"SELECT word FROM {TABLE} ORDER BY word")]


@pytest.fixture
def source(world: World) -> Iterator[Source]:
    with closing(mysql.connect(world.settings.legacy)) as connection:
        yield Source(connection)


def reader_of(source: Source) -> TableReader:
    return source.reader(source.inventory().maps[TABLE])


@on_every_server
@pytest.mark.parametrize(("charset", "collation"), CHARSETS, ids=[name for _, name in CHARSETS])
def test_each_row_is_in_one_range_in_legacys_order(
    world: World, source: Source, charset: str, collation: str
) -> None:
    words = fill(world, charset, collation)
    reader = reader_of(source)
    cuts = list(reader.every(7, None))

    parts = [
        [(row[0] or b"").decode() for row in reader.chunk(after, 1_000, upto=upto).rows]
        for after, upto in pairwise([None, *cuts, None])
    ]

    assert [word for part in parts for word in part] == words
    assert {len(part) for part in parts[:-1]} == {7}
    assert len(parts[-1]) < 7


def test_a_row_that_comes_later_is_in_one_range_as_well(world: World, source: Source) -> None:
    fill(world, "utf8", "utf8_general_ci")
    reader = reader_of(source)
    cuts = list(reader.every(7, None))
    at = cuts[3].decode()
    world.write(f"DELETE FROM {TABLE} WHERE word = %s", at)
    world.write(f"INSERT INTO {TABLE} VALUES (%s, 1)", at.swapcase() + "  ")

    found = [
        number
        for number, (after, upto) in enumerate(pairwise([None, *cuts, None]))
        if at.swapcase()
        in {row[0].decode().rstrip() for row in reader.chunk(after, 99, upto=upto).rows if row[0]}
    ]

    assert found == [3]


def test_several_workers_copy_a_table_with_text_keys(world: World) -> None:
    words = fill(world, "utf8", "utf8_general_ci")
    assert world.etl("install").code == 0
    arguments = ("backfill", "--tables", TABLE, "--chunk", "10", "--workers", "2")

    first = world.etl(*arguments, "--limit", "25")
    ranges = world.value("SELECT count(*) FROM bridge.chunk")
    copied = world.value(f"SELECT count(*) FROM legacy.{TABLE}")
    last = world.etl(*arguments)

    assert (first.code, copied) == (1, 25)
    # A worker that ends where its range does may leave an empty one.
    assert 1 < ranges <= len(words) // 10 + 1
    assert (last.code, last.errors) == (0, "")
    assert sorted(world.rows(f"SELECT word, number FROM legacy.{TABLE}")) == sorted(
        world.legacy_rows(f"SELECT word, number FROM {TABLE}")
    )
    world.caught_up()
    assert world.etl("verify", "--tables", TABLE).code == 0
