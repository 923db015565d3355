"""Every value of a table, put to the questions of its column; the ETL's own converters decide.

The statements are the ETL's own as well: a range of rows in key order, in the columns of the map.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from etl.doctor import problems, texts
from etl.doctor.facts import Column
from etl.doctor.passes import Sighting
from etl.errors import RowRejected
from etl.mysql import TableReader
from etl.rows import Key, Row
from etl.tables import TableMap
from etl.values.convert import INTEGER, NUMBER, TEXT, Convert, Kind
from etl.values.documents import NOT_JSON

Ask = Callable[[bytes], Iterable[str]]
"""A value to the names of its problems."""

# A country of two letters is as long as its column allows; a text of twenty was perhaps cut.
_CUT_FROM = 20
# A key or a digest is as long as its column allows as well, and nobody typed it.
_DIGEST = re.compile(rb"[0-9a-f]{32,}")
_TEXT_LIMITS = {"tinytext": 255, "text": 65_535, "mediumtext": 16_777_215}
_INTEGER_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}
_NUMBERS = (INTEGER, NUMBER)
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")

JSON_COLUMNS = frozenset(
    {
        ("auth_userprofile", "meta"),
        ("course_overviews_courseoverview", "_pre_requisite_courses_json"),
    }
)


@dataclass(slots=True)
class ValuesPass:
    """Looks at every column of every row of one table."""

    reader: TableReader
    asks: Sequence[tuple[str, Ask]]
    resumable: bool = True

    @property
    def table(self) -> str:
        """The table that is read."""
        return self.reader.table.source

    @property
    def name(self) -> str:
        """What is looked for, and where."""
        return f"values of {self.table}"

    def read(self, after: Key | None, size: int) -> Sequence[Row]:
        """Read the next rows in the order of the key."""
        return self.reader.chunk(after, size).rows

    def key(self, row: Row) -> Key:
        """Give the key of a row."""
        return row[self.reader.table.key_index] or b""

    def examine(self, rows: Sequence[Row]) -> Iterator[Sighting]:
        """Put each value that is not NULL to the questions of its column."""
        for row in rows:
            for value, (column, ask) in zip(row, self.asks, strict=True):
                for problem in ask(value) if value is not None else ():
                    yield Sighting(column, problem, self.key(row))

    def conclude(self) -> Iterable[Sighting]:
        """Say nothing more: all was said row by row."""
        return ()


def asks(
    table: TableMap, found: Mapping[str, Column], recorded: Mapping[str, str]
) -> list[tuple[str, Ask]]:
    """Give each column of a map its questions, by its kind, its type now and its recorded type."""
    return [
        (
            column.source,
            _all(
                _of_column(
                    column.kind,
                    found[column.source],
                    recorded.get(column.source, found[column.source].type),
                    is_json=(table.source, column.source) in JSON_COLUMNS,
                )
            ),
        )
        for column in table.columns
    ]


def _of_column(kind: Kind, found: Column, recorded: str, *, is_json: bool) -> Iterator[Ask]:
    if kind.convert is not None:
        yield partial(_converted, kind.convert)
    if kind is TEXT and is_json:
        yield _json
    if kind.sources == TEXT.sources:
        yield _text
        yield partial(_cut, found.length, _TEXT_LIMITS.get(found.data_type))
    if kind in _NUMBERS and found.type != recorded:
        yield partial(_beyond, bounds(recorded))


def bounds(column_type: str) -> tuple[Decimal, Decimal] | None:
    """Give the least and the greatest number of an integer or decimal type; None for others."""
    decimal = _DECIMAL.match(column_type)
    if decimal:
        digits, scale = int(decimal[1]), int(decimal[2])
        most = (Decimal(10) ** digits - 1).scaleb(-scale)
        return -most, most
    bits = _INTEGER_BITS.get(re.split(r"[ (]", column_type, maxsplit=1)[0])
    if bits is None:
        return None
    if "unsigned" in column_type:
        return Decimal(0), Decimal(2**bits - 1)
    return Decimal(-(2 ** (bits - 1))), Decimal(2 ** (bits - 1) - 1)


def _all(every: Iterable[Ask]) -> Ask:
    together = tuple(every)
    return lambda value: [problem for ask in together for problem in ask(value)]


def _converted(convert: Convert, value: bytes) -> list[str]:
    noted: list[str] = []
    try:
        convert(value, noted.append)
    except RowRejected:
        noted.append(problems.SET_ASIDE)
    return noted


def _json(value: bytes) -> Iterator[str]:
    if not texts.is_json(value):
        yield NOT_JSON


def _text(value: bytes) -> Iterator[str]:
    text = value.decode("utf-8", "surrogateescape")
    if texts.is_mojibake(text):
        yield problems.MOJIBAKE
    if texts.has_lost_characters(text):
        yield problems.LOST


def _cut(characters: int | None, size: int | None, value: bytes) -> Iterator[str]:
    # A cut leaves out a whole character: up to three bytes of a limit in bytes stay free.
    if size is not None and len(value) > size - 4:
        yield problems.CUT
    if characters is None or len(value) < characters or characters < _CUT_FROM:
        return
    if len(value.decode("utf-8", "replace")) >= characters and not _DIGEST.fullmatch(value):
        yield problems.CUT


def _beyond(limits: tuple[Decimal, Decimal] | None, value: bytes) -> Iterator[str]:
    if limits is not None and not limits[0] <= Decimal(value.decode()) <= limits[1]:
        yield problems.TOO_LARGE
