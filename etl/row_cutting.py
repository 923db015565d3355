"""Compiles a function that cuts a stream of packets into rows of the text protocol; pure.

A loop over the columns of a row spends a good part of its time on itself. Here each column is a
line, and one that is never NULL nor long, as the server says of its answer, needs no question.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

from etl.rows import Row

Cut = Callable[[Callable[[Row], None], bytes], int]
"""Gives a function the rows a stream begins with, and says where what is not such a row begins.

That is a packet that is not complete, is one of 16 MB and more, or ends the answer."""

NULL: Final = 0xFB
_LENGTH_BYTES: Final = {0xFC: 2, 0xFD: 3, 0xFE: 8}
_LONGEST_SHORT: Final = 250

# The first byte of an error or of the end is above that of NULL, as are those of long values.
_BEGIN = """
def cut(give, data):
    at, size = 0, len(data)
    try:
        while True:
            begin = at
            end = at + 4 + (data[at] | data[at + 1] << 8 | data[at + 2] << 16)
            at += 4
            if end > size or data[at] > 0xFB:
                return begin
"""
_SHORT = """
            {name} = data[at + 1 : (at := at + 1 + data[at])]
"""
_ANY = """
            length = data[at]
            if length < 0xFB:
                {name} = data[at + 1 : (at := at + 1 + length)]
            else:
                {name}, at = value(data, at)
"""
_END = """
            if at != end:
                return begin
            give(({names}))
    except IndexError:
        return begin
"""


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """What the server says of a column of its answer; `width` is the most bytes of a value."""

    width: int
    is_nullable: bool

    @property
    def is_short(self) -> bool:
        """Say whether the length of each value is one byte, and no value is NULL."""
        return self.width <= _LONGEST_SHORT and not self.is_nullable


@lru_cache(maxsize=400)
def cutter(columns: tuple[AnswerColumn, ...]) -> Cut:
    """Compile the function for an answer with these columns."""
    names = [f"v{number}" for number in range(len(columns))]
    lines = [
        (_SHORT if column.is_short else _ANY).format(name=name).lstrip("\n")
        for column, name in zip(columns, names, strict=True)
    ]
    text = _BEGIN + "".join(lines) + _END.format(names="".join(f"{name}, " for name in names))
    known: dict[str, Any] = {"value": value}
    exec(text, known)  # noqa: S102 - made of numbers alone
    return cast("Cut", known["cut"])


def row(packet: bytes) -> Row:
    """Cut a packet, however long, into its values; None is NULL."""
    values: list[bytes | None] = []
    at, size = 0, len(packet)
    while at < size:
        one, at = value(packet, at)
        values.append(one)
    return tuple(values)


def value(data: bytes, at: int) -> tuple[bytes | None, int]:
    """Read a value with its length in front; give it and where the next one begins."""
    length = data[at]
    at += 1
    if length == NULL:
        return None, at
    if length > NULL:
        width = _LENGTH_BYTES[length]
        length = int.from_bytes(data[at : at + width], "little")
        at += width
    return data[at : at + length], at + length
