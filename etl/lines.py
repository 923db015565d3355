"""Rows of one table to lines of COPY text, with what rules changed and what is set aside; pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from etl.convert import NULL, Convert, Note
from etl.errors import RowRejected
from etl.rows import Key, Remark, Row, SetAside
from etl.tables import TableMap


@dataclass(frozen=True, slots=True)
class Line:
    """A row ready for COPY, with its key as the source spells it."""

    key: Key
    text: bytes
    row: Row


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of a batch of rows: every row is either a line or set aside."""

    lines: tuple[Line, ...]
    set_aside: tuple[SetAside, ...]
    remarks: tuple[Remark, ...]


class LineWriter:
    """Converts rows of one table; the map is worked out once, a row is one pass over its values."""

    def __init__(self, table: TableMap) -> None:
        self._table = table
        self._key_index = table.key_index
        self._noted: list[tuple[str, str]] = []
        self._steps = [(column.kind.convert, self._note(column.source)) for column in table.columns]

    def convert(self, rows: Iterable[Row]) -> Converted:
        """Convert a batch; a row that no rule covers is set aside and the others go on."""
        lines: list[Line] = []
        set_aside: list[SetAside] = []
        counts: Counter[tuple[str, str]] = Counter()
        samples: dict[tuple[str, str], Key] = {}
        for row in rows:
            key = row[self._key_index] or b""
            try:
                lines.append(Line(key, self._line(row), row))
            except RowRejected as rejection:
                reason = f"{self._culprit(row)}: {rejection}"
                set_aside.append(SetAside(self._table.source, key, reason, row))
            if self._noted:
                counts.update(self._noted)
                samples.update(dict.fromkeys(self._noted, key))
                self._noted.clear()
        return Converted(tuple(lines), tuple(set_aside), self._remarks(counts, samples))

    def _line(self, row: Row) -> bytes:
        return b"\t".join(
            [
                NULL if value is None else value if convert is None else convert(value, note)
                for value, (convert, note) in zip(row, self._steps, strict=True)
            ]
        )

    def _culprit(self, row: Row) -> str:
        """Name the first column whose value is rejected."""
        values = zip(self._table.source_columns, row, self._steps, strict=True)
        return next(
            (name for name, value, (convert, _) in values if _rejected(value, convert)), "?"
        )

    def _note(self, column: str) -> Note:
        return lambda rule: self._noted.append((column, rule))

    def _remarks(
        self, counts: Counter[tuple[str, str]], samples: dict[tuple[str, str], Key]
    ) -> tuple[Remark, ...]:
        return tuple(
            Remark(self._table.source, column, rule, count, samples[column, rule])
            for (column, rule), count in counts.items()
        )


def _rejected(value: bytes | None, convert: Convert | None) -> bool:
    if value is None or convert is None:
        return False
    try:
        convert(value, lambda _rule: None)
    except RowRejected:
        return True
    return False


def joined(lines: Sequence[Line]) -> bytes:
    """Give the text that COPY reads."""
    return b"\n".join([line.text for line in lines]) + b"\n"
