"""Packed JSON between the sides: unpacked where it can be, kept as it is packed where it cannot."""

import base64
import gzip
import json
import zlib
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.back import legacy_values
from etl.rows import Document
from etl.tables import BY_SOURCE, Column, TableMap
from etl.values import documents, packed_documents
from etl.values.convert import INTEGER, NULL
from etl.values.packed_documents import LARGEST, from_packed_json, to_packed_json
from tests.legacy_lms.database import rows

TABLE = TableMap(
    source="old",
    target="new",
    key="id",
    columns=(Column("id", kind=INTEGER), Column("tree", kind=packed_documents.PACKED_JSON)),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
).filter(lambda document: document is not None and "\\u0000" not in json.dumps(document))


def packed(text: bytes) -> bytes:
    """Pack as legacy's field does."""
    return base64.encodebytes(gzip.compress(text, mtime=0))


def fields(value: bytes) -> tuple[list[bytes], list[str]]:
    """The fields of a value, and the rules that it needed."""
    notes: list[str] = []
    return to_packed_json(value, notes.append).split(b"\t"), notes


@given(JSON)
def test_a_packed_document_is_what_it_is_unpacked_beside_the_checksum_of_its_packing(
    document: object,
) -> None:
    text = json.dumps(document).encode()
    value = packed(text)

    (plain, kept, _), _ = fields(text)

    assert fields(value) == ([plain, kept, b"%d" % crc32(value)], [])


@given(JSON)
def test_what_modern_did_not_change_is_legacys_packing_by_its_checksum(document: object) -> None:
    value = packed(json.dumps(document).encode())

    there = TABLE.revert({"id": 1, "tree": document, "tree_raw": None, "tree_crc": crc32(value)})

    assert there["tree"] == legacy_values.image(TABLE, (b"1", value))["tree"]


@given(JSON)
def test_what_modern_wrote_legacy_unpacks(document: object) -> None:
    there = from_packed_json(document, None, None)

    assert isinstance(there, Document)
    assert json.loads(gzip.decompress(base64.b64decode(str(there)))) == document
    assert there.crc == crc32(str(there).encode())
    assert there == from_packed_json(document, None, None)


def test_zlib_without_gzips_header_is_read_too() -> None:
    value = base64.b64encode(zlib.compress(b'{"a": 1}'))

    assert fields(value)[0][0] == b'{"a": 1}'


def test_a_value_that_was_never_packed_is_read_as_it_is() -> None:
    assert fields(b'{"a": 1}') == ([b'{"a": 1}', NULL, b"%d" % crc32(b'{"a": 1}')], [])


@pytest.mark.parametrize(
    "value",
    [
        b"H4sI?",
        b"not base64 at all",
        packed(b'{"a": 1}')[:-9],
        packed(b"{not JSON"),
        packed(b'"\\u0000"'),
        packed(b'"' + b"x" * LARGEST + b'"'),
    ],
)
def test_what_cannot_be_unpacked_is_kept_as_it_is_packed_and_counted(value: bytes) -> None:
    (document, kept, crc), notes = fields(value)

    assert (document, kept) == (NULL, value.replace(b"\n", b"\\n"))
    assert crc == b"%d" % crc32(value)
    assert notes == [documents.NOT_JSON]
    assert str(from_packed_json(None, value.decode(), int(crc))) == value.decode()


def test_nothing_is_nothing_and_needs_no_rule() -> None:
    assert fields(b"") == ([NULL, b"", b"0"], [])
    assert fields(packed(b"null"))[1] == []
    assert from_packed_json(None, None, None) is None


def test_every_recorded_structure_has_its_root_among_its_blocks() -> None:
    table = BY_SOURCE["course_structures_coursestructure"]
    lines = (rows.ROWS_DIR / f"{table.source}.tsv").read_bytes().split(b"\n")[1:-1]
    trees = [fields(rows.decode(line)[4] or b"")[0][0] for line in lines]

    assert len(trees) == 14
    for tree in map(json.loads, trees):
        assert tree["root"] in tree["blocks"]
