"""The kind of columns that hold packed JSON, which legacy compresses and spells in base64; pure.

In modern it is a jsonb like any other JSON. As for legacy's reader, a value that is not packed
counts as the text itself.
"""

import base64
import binascii
import gzip
import json
import zlib
from dataclasses import replace
from zlib import crc32

from etl.rows import Document, Json, Parameter
from etl.values import documents
from etl.values.convert import NULL, Note, to_text

# Bytes of an unpacked document. The largest courses have some 3 MB; a few bytes may pack gigabytes.
LARGEST = 16 << 20
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


def to_packed_json(value: bytes, note: Note) -> bytes:
    """Give the fields jsonb, text and CRC-32 of a packed document; the latter two as it is packed.

    What is no JSON inside, or larger than `LARGEST`, is kept as the packed text.
    """
    text = _unpacked(value)
    if text is None:
        return documents.to_json(value, note)
    document, kept, _ = documents.to_json(text, note).split(b"\t")
    if document == NULL:
        kept = to_text(value, note)
    return b"%b\t%b\t%d" % (document, kept, crc32(value))


def from_packed_json(document: Json, text: str | None, crc: int | None) -> Parameter:
    """Give a document back, packed; what was kept as text is packed already, or never was."""
    if document is None:
        return documents.from_json(None, text, crc)
    spelled = _packed(json.dumps(document))
    return Document(spelled, crc32(spelled.encode()) if crc is None else crc)


def _unpacked(value: bytes) -> bytes | None:
    inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        text = inflater.decompress(base64.b64decode(value), LARGEST)
    except (binascii.Error, zlib.error):
        return None
    return text if inflater.eof else None


def _packed(text: str) -> str:
    """Pack text without the time that legacy puts into it: equal documents are spelled alike."""
    return base64.encodebytes(gzip.compress(text.encode(), mtime=0)).decode()


PACKED_JSON = replace(
    documents.JSON,
    name="packed JSON",
    convert=to_packed_json,
    revert=from_packed_json,
    at_once=None,
)
