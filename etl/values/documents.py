"""The kind of columns that hold JSON: a jsonb, or the text where no jsonb gives it back.

A jsonb keeps neither spaces nor the order of keys nor repeated ones, so the checksum of legacy's
text is kept beside it: by it verify compares, and write-back knows that modern changed nothing.
Text that jsonb refuses is kept as it is; whoever reads it may still be able to.
"""

import json
from collections.abc import Sequence
from typing import Any
from zlib import crc32

import orjson

from etl.rows import Document, Json, Parameter
from etl.values.convert import NULL, TEXT, Fields, Kind, Note, escape, from_text, to_text

NOT_JSON = "not valid JSON"
TOO_DEEP = "JSON nested too deep"

# What readers in Python follow without coming near their limit of about 1,000.
MAX_DEPTH = 500
_SHORTEST_DEEP = 2 * MAX_DEPTH
# NULL where there is no document: to_jsonb and Django do not tell a JSON null from it.
_NO_DOCUMENT = frozenset({b"", b"null"})
# Of all that orjson takes, jsonb refuses this, and numbers of absurd length.
_ESCAPED_NUL = b"\\u0000"
_WHITE = (b"\n", b"\t", b"\r")


def to_json(value: bytes, note: Note) -> bytes:
    """Give the fields jsonb, text and CRC-32 of a document: one of the first two is NULL."""
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError:
        return to_json_text(value, note)
    if document is None or _ESCAPED_NUL in value:
        return to_json_text(value, note)
    if _is_deep(value, document):
        return _as_text(value, TOO_DEEP, note)
    return b"%b\t\\N\t%d" % (escape(value), crc32(value))


def plain_documents(values: Sequence[bytes]) -> Sequence[Fields] | None:
    """Give the fields of many documents, unless one of them needs a rule or more escaping."""
    text = b",".join(values)
    has_escapes = b"\\" in text
    if any(mark in text for mark in _WHITE) or (has_escapes and _ESCAPED_NUL in text):
        return None
    try:
        # One after the other: so many objects at once would have the collector look at them all.
        are_plain = all(map(_is_plain, values))
    except orjson.JSONDecodeError:
        return None
    if not are_plain:
        return None
    escaped = [value.replace(b"\\", b"\\\\") for value in values] if has_escapes else values
    return escaped, [NULL] * len(values), [b"%d" % crc32(value) for value in values]


def to_json_text(value: bytes, note: Note) -> bytes:
    """Give the same fields with the document as text: no text is refused but what is not UTF-8."""
    return _as_text(value, NOT_JSON, note)


def from_json(document: Json, text: str | None, crc: int | None) -> Parameter:
    """Give a document back, spelled as legacy's Python 2 would, for columns of three-byte UTF-8.

    Without a checksum it is modern's own: then the checksum is that of the spelling.
    """
    if text is None and document is None:
        return None
    spelled = json.dumps(document) if text is None else str(from_text(text))
    return Document(spelled, crc32(spelled.encode()) if crc is None else crc)


def _as_text(value: bytes, rule: str, note: Note) -> bytes:
    if value not in _NO_DOCUMENT:
        note(rule)
    return b"\\N\t%b\t%d" % (to_text(value, note), crc32(value))


def _is_plain(value: bytes) -> bool:
    document = orjson.loads(value)
    return document is not None and not _is_deep(value, document)


def _is_deep(value: bytes, document: Any) -> bool:
    if len(value) < _SHORTEST_DEEP or value.count(b"[") + value.count(b"{") <= MAX_DEPTH:
        return False
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
    return bool(level)


def _inside(document: Any) -> list[Any]:
    values = document.values() if isinstance(document, dict) else document
    return [value for value in values if isinstance(value, dict | list)]


JSON = Kind(
    "JSON",
    to_json,
    from_json,
    TEXT.sources,
    plain_documents,
    parts=("", "_raw", "_crc"),
    otherwise=to_json_text,
)
