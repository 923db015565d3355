"""Dates, times and moments of the log, in all three formats there were, spelled as by SELECT; pure.

Format of 5.6: big-endian bit fields, the fraction behind. Before 5.6.4: little-endian numbers that
read like the text, without fractions. MariaDB's own of 5.3, of columns with fractions: big-endian
counts of the smallest unit. Tables made before an upgrade keep their format until they are rebuilt.
"""

import time
from collections.abc import Callable

from etl.spelling.column_layouts import Layout

Spell = Callable[[bytes], bytes]
# What MariaDB adds to a time with a fraction, 838:59:59 and a second: negative ones are positive.
_ABOVE_ALL_TIMES = 3_020_400
_MOST_SPELLED = 20_000


def date(_shape: Layout) -> Spell:
    """Spell a DATE, which is the same in all formats."""

    def spell(raw: bytes) -> bytes:
        bits = int.from_bytes(raw, "little")
        return b"%04d-%02d-%02d" % (bits >> 9, bits >> 5 & 15, bits & 31)

    return spell


def year(_shape: Layout) -> Spell:
    """Spell a YEAR."""
    return lambda raw: b"%d" % (raw[0] + 1900) if raw[0] else b"0000"


def datetime(shape: Layout) -> Spell:
    """Spell a DATETIME."""
    digits = shape.meta
    if not digits:
        return lambda raw: _day_and_clock(int.from_bytes(raw) - 0x8000000000)
    width = 8 * ((digits + 1) // 2)
    parts, odd = (1 << width) - 1, digits % 2
    form = b"%%b%%b.%%0%dd" % digits

    def spell(raw: bytes) -> bytes:
        value = int.from_bytes(raw)
        bits = (value >> width) - 0x8000000000
        fraction = value & parts
        # An odd number of decimals is stored with one more.
        return form % (
            _DAYS[bits >> 17],
            _CLOCKS[bits & 0x1FFFF],
            fraction // 10 if odd else fraction,
        )

    return spell


def timestamp(shape: Layout) -> Spell:
    """Spell a TIMESTAMP in UTC; 0 is the zero date."""
    digits = shape.meta

    def spell(raw: bytes) -> bytes:
        return _moment(int.from_bytes(raw[:4]), int.from_bytes(raw[4:])) + _fraction(
            int.from_bytes(raw[4:]), digits
        )

    return spell


def clock(shape: Layout) -> Spell:
    """Spell a TIME, -838 to 838 hours; a negative one is negated as a whole, with its fraction."""
    digits = shape.meta
    fraction_bits = 8 * ((digits + 1) // 2)

    def spell(raw: bytes) -> bytes:
        value = int.from_bytes(raw) - (1 << 23 + fraction_bits)
        whole = abs(value) >> fraction_bits
        text = b"%02d:%02d:%02d" % (whole >> 12 & 1023, whole >> 6 & 63, whole & 63)
        parts = abs(value) & (1 << fraction_bits) - 1
        return (b"-" if value < 0 else b"") + text + _fraction(parts, digits)

    return spell


def old_datetime(shape: Layout) -> Spell:
    """Spell a DATETIME of before 5.6.4, or of MariaDB's own format where it has a fraction."""
    if shape.fraction:
        return _datetime_in_units(shape.fraction)

    def spell(raw: bytes) -> bytes:
        day, seconds = divmod(int.from_bytes(raw, "little"), 1_000_000)
        return b"%s %s" % (
            b"%04d-%02d-%02d" % (day // 10_000, day // 100 % 100, day % 100),
            b"%02d:%02d:%02d" % (seconds // 10_000, seconds // 100 % 100, seconds % 100),
        )

    return spell


def old_timestamp(shape: Layout) -> Spell:
    """Spell a TIMESTAMP of before 5.6.4, or of MariaDB's own format where it has a fraction."""
    digits = shape.fraction
    if not digits:
        return lambda raw: _moment(int.from_bytes(raw, "little"), 0)

    def spell(raw: bytes) -> bytes:
        parts = int.from_bytes(raw[4:])
        return _moment(int.from_bytes(raw[:4]), parts) + b".%0*d" % (digits, parts)

    return spell


def old_clock(shape: Layout) -> Spell:
    """Spell a TIME of before 5.6.4, or of MariaDB's own format where it has a fraction."""
    if shape.fraction:
        return _clock_in_units(shape.fraction)

    def spell(raw: bytes) -> bytes:
        value = int.from_bytes(raw, "little", signed=True)
        whole = abs(value)
        text = b"%02d:%02d:%02d" % (whole // 10_000, whole // 100 % 100, whole % 100)
        return (b"-" if value < 0 else b"") + text

    return spell


def _datetime_in_units(digits: int) -> Spell:
    def spell(raw: bytes) -> bytes:
        seconds, parts = divmod(int.from_bytes(raw), 10**digits)
        days, second = divmod(seconds, 86_400)
        year_and_month, day = divmod(days, 32)
        hours = b"%02d:%02d:%02d" % (second // 3600, second // 60 % 60, second % 60)
        text = b"%04d-%02d-%02d " % (*divmod(year_and_month, 13), day) + hours
        return text + b".%0*d" % (digits, parts)

    return spell


def _clock_in_units(digits: int) -> Spell:
    unit = 10**digits

    def spell(raw: bytes) -> bytes:
        value = int.from_bytes(raw) - _ABOVE_ALL_TIMES * unit
        seconds, parts = divmod(abs(value), unit)
        text = b"%02d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60)
        return (b"-" if value < 0 else b"") + text + b".%0*d" % (digits, parts)

    return spell


def _day_and_clock(bits: int) -> bytes:
    return _DAYS[bits >> 17] + _CLOCKS[bits & 0x1FFFF]


class _Spelled(dict[int, bytes]):
    """What was spelled before: the same days and times of day come again and again."""

    def __init__(self, spell: Callable[[int], bytes]) -> None:
        super().__init__()
        self._spell = spell

    def __missing__(self, bits: int) -> bytes:
        if len(self) >= _MOST_SPELLED:
            self.clear()
        found = self[bits] = self._spell(bits)
        return found


def _spell_day(bits: int) -> bytes:
    year_and_month = divmod(bits >> 5, 13)
    return b"%04d-%02d-%02d" % (*year_and_month, bits & 31)


def _spell_clock(bits: int) -> bytes:
    return b" %02d:%02d:%02d" % (bits >> 12, bits >> 6 & 63, bits & 63)


_DAYS, _CLOCKS = _Spelled(_spell_day), _Spelled(_spell_clock)


def _moment(seconds: int, parts: int) -> bytes:
    if not seconds and not parts:
        return b"0000-00-00 00:00:00"
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds)).encode()


def _fraction(parts: int, digits: int) -> bytes:
    """Decimals of a second: an odd number of them is stored with one more, which is cut off."""
    if not digits:
        return b""
    stored = (digits + 1) // 2 * 2
    return b"." + (b"%0*d" % (stored, parts))[:digits]
