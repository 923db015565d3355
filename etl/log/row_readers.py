"""Compiles functions that read row images of the log, one for each set of NULL columns; pure.

A loop over the columns spends most of its time on itself. Here runs of columns of fixed width, with
the length of the column behind them, are one call of struct, and columns nobody wants cost nothing.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from etl.rows import Row
from etl.spelling.column_layouts import Layout
from etl.spelling.column_spellers import Reading

Reader = Callable[[bytes, int], tuple[Row, int]]
"""Reads a row of an event at an offset behind the NULL bitmap; gives it and where it ends."""

_PREFIXES = {1: "B", 2: "H", 3: "HB", 4: "I"}


@dataclass(frozen=True, slots=True)
class Field:
    """A column: how long its values are, and where and how they go into a row, None for nowhere."""

    layout: Layout
    slot: int | None = None
    reading: Reading | None = None


def reader(fields: Sequence[Field], nulls: int, size: int) -> Reader:
    """Compile the reader of rows with `size` slots in which the bits of `nulls` are set."""
    source = _Source(["None"] * size)
    for number, field in enumerate(fields):
        if not nulls >> number & 1:
            source.read(field, f"v{number}")
    return source.compiled()


class _Source:
    """The text of a reader: nothing in it comes from a database but numbers."""

    def __init__(self, row: list[str]) -> None:
        self._row = row
        self._lines: list[str] = []
        self._names: dict[str, Any] = {}
        self._format = "<"
        self._values: list[str] = []

    def read(self, field: Field, name: str) -> None:
        """Read one more column."""
        wanted = field.reading
        if field.layout.prefix:
            self._read_length(field.layout.prefix)
            if wanted is not None:
                self._lines.append(f"{name} = event[at:at + n]")
            self._lines.append("at += n")
        elif wanted is None:
            self._format += f"{field.layout.width}x"
        else:
            self._format += wanted.format
            self._values.append(name)
        if wanted is not None and field.slot is not None:
            self._row[field.slot] = self._spelled(wanted, name)

    def compiled(self) -> Reader:
        """Compile what was read to a function."""
        self._unpack()
        body = "".join(f"    {line}\n" for line in self._lines)
        row = "".join(f"{value}, " for value in self._row)
        text = f"def read(event, at):\n{body}    return ({row}), at\n"
        exec(text, self._names)  # noqa: S102 - made of numbers and of the names above
        return cast("Reader", self._names["read"])

    def _read_length(self, prefix: int) -> None:
        self._format += _PREFIXES[prefix]
        self._values += ("n", "high") if prefix == 3 else ("n",)
        self._unpack()
        if prefix == 3:
            self._lines.append("n |= high << 16")

    def _unpack(self) -> None:
        """Read the run of columns of fixed width that was collected."""
        form = struct.Struct(self._format)
        if self._values:
            name = f"u{len(self._names)}"
            self._names[name] = form.unpack_from
            self._lines.append(
                f"{''.join(f'{value}, ' for value in self._values)} = {name}(event, at)"
            )
        if form.size:
            self._lines.append(f"at += {form.size}")
        self._format, self._values = "<", []

    def _spelled(self, wanted: Reading, value: str) -> str:
        if wanted.spell is None:
            return value
        name = f"s{len(self._names)}"
        self._names[name] = wanted.spell
        return f"{name}({value})"
