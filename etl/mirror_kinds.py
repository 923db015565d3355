"""Kinds of values that only mirrors meet: they cross as they are, in the nearest type; pure.

A tinyint(1) is no boolean here: old rows hold 2 and -1 too, and a mirror says what legacy says.
A mirror is never written back, so reverting gives what the outbox would show and no more.
"""

from etl.spelling.column_spellers import SHAPES
from etl.values.convert import Kind, Note, from_integer, from_text, plain_texts, to_text


def to_bytea(value: bytes, note: Note) -> bytes:  # noqa: ARG001 - every converter has this shape
    """Spell bytes as PostgreSQL reads them, in hexadecimal digits."""
    return b"\\\\x" + value.hex().encode()


def to_bits(value: bytes, note: Note) -> bytes:  # noqa: ARG001 - as above
    """Give the number that a BIT column holds, up to 64 bits."""
    return b"%d" % int.from_bytes(value)


BYTES = Kind(
    "bytes",
    to_bytea,
    from_text,
    frozenset({"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"}) | SHAPES,
)
# As text: PostgreSQL's json cannot be compared, its jsonb reorders and refuses some of it.
DOCUMENT = Kind("document", to_text, from_text, frozenset({"json"}))
BITS = Kind("bits", to_bits, from_integer, frozenset({"bit"}))
YEAR = Kind("year", None, from_integer, frozenset({"year"}))
LABEL = Kind("label", to_text, from_text, frozenset({"enum", "set"}), plain_texts)
# Up to 838 hours and negative: no time of day, but a span.
SPAN = Kind("span", None, from_text, frozenset({"time"}))
