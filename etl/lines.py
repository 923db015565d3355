"""Rows of one table to lines of COPY text, with what rules changed and what is set aside; pure.

Values are converted column by column: where a whole column of a block needs no rule, which is
mostly so, one look at all its values does; only the others are taken one by one.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import NamedTuple

from etl.errors import RowRejected
from etl.rows import Key, Remark, Row, SetAside
from etl.tables import TableMap
from etl.values.convert import NULL, Fields, Kind

# One ugly value sends its column of its block the slow way, and no more than that.
BLOCK_ROWS = 300

_Values = Sequence[bytes | None]
# Rows of a block that are to be set aside, by their place in it, and why.
_Rejected = dict[int, str]


class Line(NamedTuple):
    """A row ready for COPY, with its key as the source spells it."""

    key: Key
    text: bytes
    row: Row


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of a batch: every row is ready or set aside; `rows` and fields go together.

    The fields are those of block after block, in the order of the table's columns; one of them may
    hold the tabs between those of several columns.
    """

    rows: Sequence[Row]
    blocks: Sequence[Sequence[Fields]]
    set_aside: tuple[SetAside, ...]
    remarks: tuple[Remark, ...]

    def text(self) -> bytes:
        """Give the text that COPY reads."""
        return b"".join(map(_text, self.blocks))

    def lines(self, key_index: int) -> list[Line]:
        """Give what is ready for COPY row by row; `key_index` is where a row has its key."""
        fields = chain.from_iterable(zip(*block, strict=True) for block in self.blocks)
        texts = map(b"\t".join, fields)
        return [
            Line(row[key_index] or b"", text, row)
            for row, text in zip(self.rows, texts, strict=True)
        ]


class LineWriter:
    """Converts rows of one table; the map is worked out once.

    `otherwise` converts to the second form of the kinds that have one, and counts rules for these
    alone: the others were counted with the first form.
    """

    def __init__(self, table: TableMap, *, otherwise: bool = False) -> None:
        self._table = table
        self._otherwise = otherwise
        slots = {name: slot for slot, name in enumerate(table.source_columns)}
        self._columns = [(column, slots[column.source]) for column in table.columns]

    def convert(self, rows: Sequence[Row]) -> Converted:
        """Convert a batch; a row that no rule covers is set aside and the others go on."""
        account = _Account(self._table)
        kept: list[Row] = []
        blocks: list[Sequence[Fields]] = []
        for start in range(0, len(rows), BLOCK_ROWS):
            block = rows[start : start + BLOCK_ROWS]
            columns, rejected = self._columns_of(block, account)
            if rejected:
                account.reject(block, rejected)
                good = [index for index in range(len(block)) if index not in rejected]
                block = [block[index] for index in good]
                columns = [[column[index] for index in good] for column in columns]
            kept += block
            blocks.append(columns)
        return Converted(kept, blocks, tuple(account.set_aside), account.remarks())

    def _columns_of(
        self, block: Sequence[Row], account: "_Account"
    ) -> tuple[list[Fields], _Rejected]:
        values = list(zip(*block, strict=True))
        keys = values[self._table.key_index]
        rejected: _Rejected = {}
        columns: list[Fields] = []
        for column, slot in self._columns:
            kind, counted = self._form(column.kind, account)
            converted = _at_once(kind, values[slot])
            if converted is None:
                notes = _Notes(column.source, keys, counted, rejected)
                converted = (_one_by_one(kind, values[slot], notes),)
            columns += converted
        return columns, rejected

    def _form(self, kind: Kind, account: "_Account") -> tuple[Kind, "_Account"]:
        if not self._otherwise:
            return kind, account
        if kind.otherwise is None:
            return kind, _Account(self._table)
        return replace(kind, convert=kind.otherwise, at_once=None), account


@dataclass(slots=True)
class _Account:
    """What rules did to a batch of rows."""

    table: TableMap
    set_aside: list[SetAside] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    samples: dict[tuple[str, str], Key] = field(default_factory=dict)

    def reject(self, block: Sequence[Row], rejected: _Rejected) -> None:
        """Set rows aside with what they hold."""
        for index, reason in sorted(rejected.items()):
            row = block[index]
            key = row[self.table.key_index] or b""
            self.set_aside.append(SetAside(self.table.source, key, reason, row))

    def remarks(self) -> tuple[Remark, ...]:
        """Say which rules changed values, and how often."""
        return tuple(
            Remark(self.table.source, column, rule, count, self.samples[column, rule])
            for (column, rule), count in self.counts.items()
        )


@dataclass(slots=True)
class _Notes:
    """Takes down what becomes of the values of one column of a block."""

    column: str
    keys: _Values
    account: _Account
    rejected: _Rejected
    index: int = 0

    def note(self, rule: str) -> None:
        """Count a rule that changed the value at hand."""
        self.account.counts[self.column, rule] += 1
        self.account.samples[self.column, rule] = self.keys[self.index] or b""

    def reject(self, rejection: RowRejected) -> None:
        """Set the row of the value at hand aside, for the first of its columns that is at fault."""
        self.rejected.setdefault(self.index, f"{self.column}: {rejection}")


def _at_once(kind: Kind, values: _Values) -> Sequence[Fields] | None:
    """Convert a column whose values need no rule; None when one of them does."""
    present = [value for value in values if value is not None]
    converted: Sequence[Fields] | None = (present,)
    if kind.convert is not None:
        converted = kind.at_once(present) if kind.at_once is not None else None
    if converted is None or len(present) == len(values):
        return converted
    return [_with_nulls(fields, values) for fields in converted]


def _with_nulls(fields: Fields, values: _Values) -> Fields:
    """Put NULL where a value is missing."""
    rest = iter(fields)
    return [NULL if value is None else next(rest) for value in values]


def _one_by_one(kind: Kind, values: _Values, notes: _Notes) -> list[bytes]:
    convert, null = kind.convert, kind.null
    converted: list[bytes] = []
    for notes.index, value in enumerate(values):
        try:
            if value is None:
                converted.append(null)
            else:
                converted.append(value if convert is None else convert(value, notes.note))
        except RowRejected as rejection:
            notes.reject(rejection)
            converted.append(null)
    return converted


def _text(block: Sequence[Fields]) -> bytes:
    """Join a block by one call for all its fields, in place of one for each row."""
    if len(block) == 1:
        return joined(block[0])
    first, *others, last = block
    if not first:
        return b""
    ends = [b"%b\n%b" % pair for pair in zip(last, [*first[1:], b""], strict=True)]
    fields = [b""] * (len(first) * (len(block) - 1))
    for place, column in enumerate([*others, ends]):
        fields[place :: len(block) - 1] = column
    return b"\t".join([first[0], *fields])


def joined(texts: Iterable[bytes]) -> bytes:
    """Give the text that COPY reads, of lines."""
    return b"\n".join([*texts, b""])
