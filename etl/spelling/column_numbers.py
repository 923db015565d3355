"""Doubles and packed decimals of the log, spelled as the server prints them; pure."""

from collections.abc import Callable
from decimal import Decimal

from etl.spelling.column_layouts import DECIMAL_BYTES

Spell = Callable[[bytes], bytes]


def spell_double(value: float) -> bytes:
    """Spell a double as MySQL does: shortest digits, exponent only beyond 15 places."""
    text = repr(value)
    if "e" not in text and len(text) < 16:
        return text.removesuffix(".0").encode()
    sign, digit_tuple, exponent = Decimal(text).normalize().as_tuple()
    digits = "".join(map(str, digit_tuple))
    point = len(digits) + int(exponent)
    minus = "-" if sign else ""
    if point >= -14 and (point <= 15 or len(digits) > point):
        return (minus + _with_point(digits, point)).encode()
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{minus}{mantissa}e{point - 1}".encode()


def _with_point(digits: str, point: int) -> str:
    if point <= 0:
        return "0." + "0" * -point + digits
    if len(digits) <= point:
        return digits + "0" * (point - len(digits))
    return digits[:point] + "." + digits[point:]


def decimal_spelling(precision: int, scale: int) -> Spell:
    """Say how to spell a packed decimal of so many digits, `scale` of them behind the point.

    Nine digits in four bytes each, big-endian; a negative number has all its bits inverted.
    """
    whole = precision - scale
    first = DECIMAL_BYTES[whole % 9]
    point = first + whole // 9 * 4

    def spell(raw: bytes) -> bytes:
        negative = not raw[0] & 0x80
        raw = bytes([raw[0] ^ 0x80]) + raw[1:]
        if negative:
            raw = bytes([byte ^ 0xFF for byte in raw])
        integer = _digits(raw[:first], whole % 9) + _groups(raw[first:point])
        fraction = _groups(raw[point : point + scale // 9 * 4])
        fraction += _digits(raw[point + scale // 9 * 4 :], scale % 9)
        text = (integer.lstrip("0") or "0") + ("." + fraction if scale else "")
        return ("-" + text if negative else text).encode()

    return spell


def _digits(raw: bytes, count: int) -> str:
    return str(int.from_bytes(raw)).zfill(count) if count else ""


def _groups(raw: bytes) -> str:
    return "".join(str(int.from_bytes(raw[at : at + 4])).zfill(9) for at in range(0, len(raw), 4))
