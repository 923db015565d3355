"""MySQL's binary JSON becomes the text that MySQL 5.7 prints."""

import json
import random
import struct
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.stack.reach import connect_mysql
from etl.errors import LogUnreadable
from etl.spelling.json_binary import spell_json
from tests.etl import private_mariadb
from tests.etl.binary_json import Opaque, encoded

NUMBERS = st.integers(-(1 << 63), (1 << 64) - 1) | st.floats(allow_nan=False, allow_infinity=False)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=9), inner)
    ),
)


@given(DOCUMENTS)
def test_every_document_comes_back(document: object) -> None:
    assert json.loads(spell_json(encoded(document))) == document


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("0400", "null"),
        ("05ff7f", "32767"),
        ("0affffffffffffffff", "18446744073709551615"),
        ("0c05 68656c6c6f", '"hello"'),
        ("00 0100 0d00 0b00 0100 0c0c00 61 0162", '{"a": "b"}'),
        ("02 0300 0d00 050100 050200 050300", "[1, 2, 3]"),
        ("00 0000 0400", "{}"),
    ],
)
def test_documents_are_laid_out_as_the_format_is_documented(stored: str, text: str) -> None:
    assert spell_json(bytes.fromhex(stored)) == text.encode()


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"bb": 1, "a": [True, None]}, '{"a": [true, null], "bb": 1}'),
        ('\x00\b\t\n\f\r\x1f"\\/é\U0001f600', '"\\u0000\\b\\t\\n\\f\\r\\u001f\\"\\\\/é\U0001f600"'),
        ([1e15, 0.1, -0.0, 1e-16, 3.5], "[1e15, 0.1, -0, 1e-16, 3.5]"),
    ],
)
def test_a_document_is_spelled_as_the_server_prints_it(document: object, text: str) -> None:
    assert spell_json(encoded(document)) == text.encode()


@pytest.mark.parametrize("size", [65_000, 66_000, 140_000])
def test_large_documents_have_wider_entries(size: int) -> None:
    document = {"text": "x" * size, "numbers": [1, 70_000, -70_000, 1 << 40, None]}

    stored = encoded(document)

    assert stored[0] == (size > 65_000)
    assert json.loads(spell_json(stored)) == document


def packed(days: int, seconds: int, parts: int) -> bytes:
    return struct.pack("<q", days << 41 | seconds << 24 | parts)


DAY = (2016 * 13 + 9) << 5 | 5
CLOCK = 7 << 12 | 12 << 6 | 44


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Opaque(10, packed(DAY, 0, 0)), '"2016-09-05"'),
        (Opaque(12, packed(DAY, CLOCK, 1)), '"2016-09-05 07:12:44.000001"'),
        (Opaque(7, packed(DAY, CLOCK, 0)), '"2016-09-05 07:12:44.000000"'),
        (Opaque(11, struct.pack("<q", -(CLOCK << 24 | 5))), '"-07:12:44.000005"'),
        (Opaque(246, b"\x05\x02\x80\x01\x32"), "1.50"),
        (Opaque(252, b"\x00\xff"), '"base64:type252:AP8="'),
        (Opaque(15, b"x" * 60), '"base64:type15:' + "eHh4" * 19 + "\n" + "eHh4" + '"'),
    ],
)
def test_types_that_only_mysql_has_are_spelled_as_it_does(value: Opaque, text: str) -> None:
    assert spell_json(encoded([value])) == f"[{text}]".encode()


@pytest.mark.parametrize("stored", ["00", "0d", "0406", "0c05 68", "020100ff00 0cff00", "0f0a0100"])
def test_a_document_that_is_not_whole_is_refused(stored: str) -> None:
    with pytest.raises(LogUnreadable, match="not as MySQL 5"):
        spell_json(bytes.fromhex(stored))


# Of a table's definition file: the version of the server that wrote it, and the type of a column.
VERSION, LAST_TYPE, LONGBLOB, JSON = 51, -13, 251, 245


LETTERS = 'aZ "\\/\u00e9\u2603\U0001f600\n\t'
SCALARS = (
    lambda numbers: numbers.choice([None, True, False]),
    lambda numbers: numbers.randrange(-(1 << numbers.choice([8, 20, 40, 62])), 1 << 63),
    lambda numbers: numbers.choice([1e15, 0.1, 1e-16, 3.0, 1e100, numbers.uniform(-1e9, 1e9)]),
    lambda numbers: "".join(numbers.choices(LETTERS, k=numbers.choice([3, 200]))),
    lambda numbers: Opaque(15, numbers.randbytes(numbers.choice([2, 90]))),
)


def anything(numbers: random.Random, depth: int = 3) -> object:
    """A document of ordinary values: MariaDB spells control characters, -0 and moments wrongly."""
    if depth == 0 or numbers.random() < 0.3:
        return numbers.choice(SCALARS)(numbers)
    members = [anything(numbers, depth - 1) for _ in range(numbers.randrange(5))]
    if numbers.random() < 0.5:
        return members
    return {f"k{number * 7}": member for number, member in enumerate(members)}


def test_mariadb_reads_the_same_text_from_a_table_of_mysql_5_7() -> None:
    """MariaDB has a reader of its own, for tables that come from 5.7: here is one that it takes."""
    documents = [anything(random.Random(seed)) for seed in range(300)]
    plugin = "--plugin-load-add=type_mysql_json"
    with (
        private_mariadb.made() as folder,
        private_mariadb.running(folder, plugin) as url,
        closing(connect_mysql(url)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("CREATE TABLE t (id int PRIMARY KEY, doc longblob) ENGINE=MyISAM")
        stored = [(number, encoded(document)) for number, document in enumerate(documents)]
        cursor.executemany("INSERT INTO t VALUES (%s, %s)", stored)
        cursor.execute("FLUSH TABLES")
        definition = folder / "data" / "edxapp" / "t.frm"
        raw = bytearray(definition.read_bytes())
        assert raw[LAST_TYPE] == LONGBLOB
        raw[LAST_TYPE], raw[VERSION : VERSION + 4] = JSON, struct.pack("<I", 50_744)
        definition.write_bytes(raw)
        cursor.execute("ALTER TABLE t FORCE")
        cursor.execute("SET NAMES utf8mb4")
        cursor.execute("SELECT doc FROM t ORDER BY id")
        read = [str(doc).encode() for (doc,) in cursor.fetchall()]

    assert [spell_json(raw) for _, raw in stored] == read
