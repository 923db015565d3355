"""MySQL's binary JSON becomes the text that 5.7 prints, by the format as it is documented.

To 5.7 itself it is held in test_json_of_mysql57.py.
"""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.errors import LogUnreadable
from etl.spelling.json_binary import spell_json
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
