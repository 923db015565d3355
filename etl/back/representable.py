"""Whether a legacy column gives a value back as it was put in: decided before the write, and pure.

What cannot be told from the column alone (unique keys, references, zero dates that a server's
sql_mode forbids, character sets that are not listed here) is left to the server's own answer.
"""

import math
import re
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from etl.rows import Parameter

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:\.(\d+))?)?")
_ZERO_MOMENT = "0000-00-00 00:00:00"
_FIRST_TIMESTAMP, _LAST_TIMESTAMP = "1970-01-01 00:00:01", "2038-01-19 03:14:07"
_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}


class Treatment(Enum):
    """What is written in place of a value that a column cannot give back."""

    REPLACED = "each character at fault becomes ?, as when legacy itself meets one"
    LEFT = "the value as it is: legacy stores what fits, or refuses the row"
    WITHHELD = "nothing: there is no way to spell the value in a statement"


class Reason(Enum):
    """Why a column cannot give a value back, and what is written then."""

    MISSING = ("NULL where there has to be a value", Treatment.LEFT)
    CHARACTER = ("a character outside the column's character set", Treatment.REPLACED)
    LENGTH = ("longer than the column", Treatment.LEFT)
    TRAILING_SPACE = ("a space at the end, which CHAR drops", Treatment.LEFT)
    RANGE = ("outside the column's range", Treatment.LEFT)
    DIGITS = ("more digits than the column keeps", Treatment.LEFT)
    NO_NUMBER = ("not a number, or infinite", Treatment.WITHHELD)

    def __init__(self, words: str, treatment: Treatment) -> None:
        self.words = words
        self.treatment = treatment


@dataclass(frozen=True, slots=True)
class Limits:
    """What a legacy column can hold.

    `length` is in characters for CHAR and VARCHAR and in bytes for the TEXT types, `precision` and
    `scale` are of a DECIMAL, `fraction` is the number of digits that a moment keeps of its second.
    """

    name: str
    data_type: str
    nullable: bool = True
    unsigned: bool = False
    charset: str = ""
    length: int = 0
    precision: int = 0
    scale: int = 0
    fraction: int = 0


@dataclass(frozen=True, slots=True)
class Misfit:
    """A column that cannot give a value back, and why."""

    column: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class _Charset:
    """Which characters a character set has, and how many bytes a text of them takes."""

    holds: Callable[[str], bool]
    size: Callable[[str], int]


def misfits(limits: Mapping[str, Limits], image: Mapping[str, Parameter]) -> tuple[Misfit, ...]:
    """Name the columns that would not give back what an image puts in, by legacy's names."""
    found = ((name, _judge(limits[name], value)) for name, value in image.items())
    return tuple(Misfit(name, reason) for name, reason in found if reason is not None)


def fitted(
    limits: Mapping[str, Limits], image: Mapping[str, Parameter], found: Iterable[Misfit]
) -> dict[str, Parameter]:
    """Give what is to be written instead of an image with these misfits; nothing is cut short."""
    result = dict(image)
    for misfit in found:
        if misfit.reason.treatment is Treatment.REPLACED:
            charset = _CHARSETS[limits[misfit.column].charset]
            text = str(image[misfit.column])
            result[misfit.column] = "".join(c if charset.holds(c) else "?" for c in text)
    return result


def _judge(column: Limits, value: Parameter) -> Reason | None:
    if value is None:
        return None if column.nullable else Reason.MISSING
    judge = _JUDGES.get(column.data_type)
    return None if judge is None else judge(column, value)


def _text(column: Limits, value: Parameter) -> Reason | None:
    text, charset = str(value), _CHARSETS.get(column.charset)
    if charset is not None and not charset.holds(text):
        return Reason.CHARACTER
    if column.data_type in ("char", "varchar"):
        if len(text) > column.length:
            return Reason.LENGTH
        is_padded = column.data_type == "char" and text.endswith(" ")
        return Reason.TRAILING_SPACE if is_padded else None
    size = charset.size if charset is not None else _utf8_size
    return Reason.LENGTH if size(text) > column.length else None


def _integer(column: Limits, value: Parameter) -> Reason | None:
    span = 1 << _BITS[column.data_type]
    first = 0 if column.unsigned else -span // 2
    return None if first <= int(str(value)) < first + span else Reason.RANGE


def _decimal(column: Limits, value: Parameter) -> Reason | None:
    # Nothing here computes: arithmetic on decimals rounds to 28 digits, comparing does not.
    number = Decimal(str(value))
    if not number.is_finite():
        return Reason.NO_NUMBER
    if _is_below_zero(column, number):
        return Reason.RANGE
    if number.copy_abs() >= Decimal(10) ** (column.precision - column.scale):
        return Reason.RANGE
    _, digits, exponent = number.as_tuple()
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return Reason.DIGITS if number and int(exponent) + zeros < -column.scale else None


def _double(column: Limits, value: Parameter) -> Reason | None:
    number = float(str(value))
    if not math.isfinite(number):
        return Reason.NO_NUMBER
    return Reason.RANGE if _is_below_zero(column, number) else None


def _float(column: Limits, value: Parameter) -> Reason | None:
    number = float(str(value))
    if reason := _double(column, number):
        return reason
    try:
        (kept,) = struct.unpack("f", struct.pack("f", number))
    except OverflowError:
        return Reason.RANGE
    return None if kept == number else Reason.DIGITS


def _moment(column: Limits, value: Parameter) -> Reason | None:
    text = str(value)
    if text == _ZERO_MOMENT:
        return None
    spelled = _MOMENT.fullmatch(text)
    if spelled is None:
        return Reason.RANGE
    if len((spelled[1] or "").rstrip("0")) > column.fraction:
        return Reason.DIGITS
    second = text[:19] if len(text) > len("2016-09-05") else f"{text} 00:00:00"
    is_out = column.data_type == "timestamp" and not _FIRST_TIMESTAMP <= second <= _LAST_TIMESTAMP
    return Reason.RANGE if is_out else None


def _is_below_zero(column: Limits, number: Decimal | float) -> bool:
    return column.unsigned and number < 0


def _utf8_size(text: str) -> int:
    return len(text.encode())


# MySQL's latin1 is Windows-1252, with the five bytes that have no character there standing for
# the control characters of their numbers.
_WITHOUT_CHARACTER = frozenset({0x81, 0x8D, 0x8F, 0x90, 0x9D})
_LATIN1 = frozenset(
    chr(byte) if byte in _WITHOUT_CHARACTER else bytes([byte]).decode("cp1252")
    for byte in range(256)
)
_UTF8MB3 = _Charset(lambda text: max(text, default="") <= "\uffff", _utf8_size)
_CHARSETS = {
    "ascii": _Charset(str.isascii, len),
    "latin1": _Charset(_LATIN1.issuperset, len),
    "utf8": _UTF8MB3,
    "utf8mb3": _UTF8MB3,
    "utf8mb4": _Charset(lambda _: True, _utf8_size),
}
_JUDGES: dict[str, Callable[[Limits, Parameter], Reason | None]] = {
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext"), _text),
    **dict.fromkeys(_BITS, _integer),
    **dict.fromkeys(("date", "datetime", "timestamp"), _moment),
    "decimal": _decimal,
    "double": _double,
    "float": _float,
}
