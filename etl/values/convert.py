"""What becomes of a value: MySQL's spelling to PostgreSQL's COPY text, an outbox value back.

Converters are pure; a value that a rule has to change is noted by the rule's name, one that no
rule covers raises RowRejected. NULL never reaches them. Mojibake is text and passes as it is.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

from etl.errors import BadNumber, BadText
from etl.rows import Parameter, Scalar

Note = Callable[[str], None]
Convert = Callable[[bytes, Note], bytes]
Fields = Sequence[bytes]
AtOnce = Callable[[Sequence[bytes]], Sequence[Fields] | None]

NULL = b"\\N"
ZERO_DATE = "zero date"
IMPOSSIBLE_DATE = "impossible date"
NOT_BOOLEAN = "true from neither 0 nor 1"
NUL_CHARACTER = "NUL character"

# U+2400 SYMBOL FOR NULL stands for the character PostgreSQL cannot store: visible and reversible.
_NUL, _NUL_SYMBOL = "\0", "\u2400"
_NUL_SYMBOL_BYTES = _NUL_SYMBOL.encode()
# A NOT NULL column cannot take NULL for legacy's zero date: the first moment of 1970 stands for it.
EPOCH = "1970-01-01 00:00:00"
_EPOCH_COPY = EPOCH.encode() + b"+00"
_ZERO_MOMENT = "0000-00-00 00:00:00"
_NUMBER = re.compile(rb"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_NUMBERS = re.compile(rb"(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?,)*+")
# What COPY's text format gives a meaning, and what PostgreSQL cannot store.
_SPECIAL = (b"\\", b"\n", b"\t", b"\r", b"\0")

# A table holds far fewer days than rows, so what was found out of a day is kept.
_DAYS = 20_000
_REAL_DAYS: set[bytes] = set()

_INTEGERS = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint"})
_TEXTS = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext"})


@dataclass(frozen=True, slots=True)
class Kind:
    """How values of one sort cross, both ways.

    `convert` is None where MySQL's spelling is PostgreSQL's. `sources` are the MySQL data types
    the kind reads; a column of another type means that the legacy schema changed.
    `at_once` converts many values as `convert` does, or gives None where one of them needs a rule:
    most values need none, and looking at them together takes a tenth of the time. It gives the
    fields of all values, for each of `parts`.

    One legacy column may feed several modern ones: `parts` are the endings that make their names of
    the column's modern name. Then a converter gives their COPY fields with tabs between them, and
    `revert` takes their values in the same order; the last one is the CRC-32 of legacy's bytes, by
    which unchanged values are known. Of most kinds a column feeds one.
    `otherwise` converts a value that PostgreSQL refused in its first form, where there is a second.
    """

    name: str
    convert: Convert | None
    revert: Callable[..., Parameter]
    sources: frozenset[str]
    at_once: AtOnce | None = None
    parts: tuple[str, ...] = ("",)
    otherwise: Convert | None = None

    @property
    def null(self) -> bytes:
        """The COPY fields that NULL becomes."""
        return b"\t".join([NULL] * len(self.parts))


def escape(value: bytes) -> bytes:
    """Escape what COPY's text format gives a meaning; the backslash first."""
    if b"\\" in value:
        value = value.replace(b"\\", b"\\\\")
    if b"\n" in value:
        value = value.replace(b"\n", b"\\n")
    if b"\t" in value:
        value = value.replace(b"\t", b"\\t")
    if b"\r" in value:
        value = value.replace(b"\r", b"\\r")
    return value


def to_text(value: bytes, note: Note) -> bytes:
    """Escape text; a NUL becomes U+2400; raise BadText for what is not UTF-8."""
    if not value.isascii():
        _require_utf8(value)
    if b"\0" in value:
        note(NUL_CHARACTER)
        value = value.replace(b"\0", _NUL_SYMBOL_BYTES)
    return escape(value)


def to_boolean(value: bytes, note: Note) -> bytes:
    """Read a tinyint as a boolean: MySQL itself holds everything but 0 for true."""
    if value in (b"0", b"1"):
        return value
    note(NOT_BOOLEAN)
    return b"1"


def to_moment(value: bytes, note: Note) -> bytes:
    """Read a naive datetime as UTC, which legacy's Django stores; no such day becomes NULL."""
    return value + b"+00" if _is_real(value[:10], note) else NULL


def to_required_moment(value: bytes, note: Note) -> bytes:
    """Read a datetime of a column that cannot be NULL: no such day becomes 1970-01-01."""
    return value + b"+00" if _is_real(value[:10], note) else _EPOCH_COPY


def to_date(value: bytes, note: Note) -> bytes:
    """Read a date; no such day becomes NULL."""
    return value[:10] if _is_real(value[:10], note) else NULL


def to_number(value: bytes, note: Note) -> bytes:  # noqa: ARG001 - every converter has this shape
    """Pass a decimal or a double on; raise BadNumber for a spelling that is not a number."""
    if _NUMBER.fullmatch(value) is None:
        raise BadNumber("not a number")
    return value


def plain_texts(values: Sequence[bytes]) -> Sequence[Fields] | None:
    """Pass texts on that need no escaping and are UTF-8."""
    # Joined with a comma: what is not UTF-8 in one value does not become so beside the next.
    text = b",".join(values)
    if any(character in text for character in _SPECIAL) or not _is_utf8(text):
        return None
    return (values,)


def plain_booleans(values: Sequence[bytes]) -> Sequence[Fields] | None:
    """Pass zeros and ones on."""
    return (values,) if {b"0", b"1"}.issuperset(values) else None


def plain_moments(values: Sequence[bytes]) -> Sequence[Fields] | None:
    """Read naive datetimes on real days as UTC."""
    return ([value + b"+00" for value in values],) if _are_real(values) else None


def plain_dates(values: Sequence[bytes]) -> Sequence[Fields] | None:
    """Read dates that are real days."""
    return ([value[:10] for value in values],) if _are_real(values) else None


def plain_numbers(values: Sequence[bytes]) -> Sequence[Fields] | None:
    """Pass decimals and doubles on."""
    text = b",".join([*values, b""])
    are_numbers = text.count(b",") == len(values) and _NUMBERS.fullmatch(text)
    return (values,) if are_numbers else None


def from_text(value: Scalar) -> Parameter:
    """Give text back; U+2400 becomes the NUL it stood for."""
    return None if value is None else str(value).replace(_NUL_SYMBOL, _NUL)


def from_integer(value: Scalar) -> Parameter:
    """Give an integer or a boolean back as a number."""
    return None if value is None else int(value)


def from_number(value: Scalar) -> Parameter:
    """Give a numeric back without a detour over binary floating point."""
    return None if value is None else Decimal(str(value))


def from_double(value: Scalar) -> Parameter:
    """Give a double back."""
    return None if value is None else float(value)


def from_moment(value: Scalar) -> Parameter:
    """Give a timestamptz, in whatever offset, back as naive UTC text with its microseconds.

    Infinity and a year that no DATETIME counts stay as PostgreSQL spells them.
    """
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(str(value)).astimezone(UTC)
    except (ValueError, OverflowError):
        return str(value)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f").rjust(26, "0")


def from_required_moment(value: Scalar) -> Parameter:
    """Give a moment back; the first moment of 1970 becomes the zero date it stood for."""
    text = from_moment(value)
    return _ZERO_MOMENT if text == EPOCH + ".000000" else text


def from_date(value: Scalar) -> Parameter:
    """Give a date back as it is spelled."""
    return None if value is None else str(value)


def _require_utf8(value: bytes) -> None:
    try:
        value.decode()
    except UnicodeDecodeError as error:
        raise BadText("not valid UTF-8") from error


def _is_utf8(text: bytes) -> bool:
    try:
        text.isascii() or text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _are_real(values: Sequence[bytes]) -> bool:
    """Say whether all are on days that there are; days that were seen before cost nothing."""
    unseen = {value[:10] for value in values}.difference(_REAL_DAYS)
    if any(_rule_for_day(day) is not None for day in unseen):
        return False
    if len(_REAL_DAYS) < _DAYS:
        _REAL_DAYS.update(unseen)
    return True


def _is_real(day: bytes, note: Note) -> bool:
    rule = _rule_for_day(day)
    if rule is None:
        return True
    note(rule)
    return False


@lru_cache(maxsize=_DAYS)
def _rule_for_day(day: bytes) -> str | None:
    """Name the rule for `YYYY-MM-DD`, None where it is a day."""
    year, month, number = int(day[:4]), int(day[5:7]), int(day[8:10])
    if not (year and month and number):
        return ZERO_DATE
    try:
        date(year, month, number)
    except ValueError:
        return IMPOSSIBLE_DATE
    return None


TEXT = Kind("text", to_text, from_text, _TEXTS, plain_texts)
INTEGER = Kind("integer", None, from_integer, _INTEGERS)
BOOLEAN = Kind("boolean", to_boolean, from_integer, _INTEGERS, plain_booleans)
NUMBER = Kind("number", to_number, from_number, frozenset({"decimal"}), plain_numbers)
DOUBLE = Kind("double", to_number, from_double, frozenset({"double", "float"}), plain_numbers)
DATE = Kind("date", to_date, from_date, frozenset({"date", "datetime", "timestamp"}), plain_dates)
MOMENT = Kind("moment", to_moment, from_moment, frozenset({"datetime", "timestamp"}), plain_moments)
REQUIRED_MOMENT = Kind(
    "required moment",
    to_required_moment,
    from_required_moment,
    frozenset({"datetime", "timestamp"}),
    plain_moments,
)
