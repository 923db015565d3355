"""How legacy writes moments in JSON: two ways, told apart by who produced the field.

Both take aware UTC datetimes or None and give ISO 8601 with a `Z`; other zones are not expected.
"""

from datetime import UTC, datetime
from typing import overload

__all__ = ["in_full", "to_milliseconds", "to_seconds"]


@overload
def in_full(moment: datetime) -> str: ...
@overload
def in_full(moment: None) -> None: ...
@overload
def in_full(moment: datetime | None) -> str | None: ...
def in_full(moment: datetime | None) -> str | None:
    """A serializer's date field: six digits, or none at all when the microseconds are zero."""
    return None if moment is None else _zulu(moment.astimezone(UTC).isoformat())


@overload
def to_milliseconds(moment: datetime) -> str: ...
@overload
def to_milliseconds(moment: None) -> None: ...
@overload
def to_milliseconds(moment: datetime | None) -> str | None: ...
def to_milliseconds(moment: datetime | None) -> str | None:
    """A bare datetime met by the encoder: three digits, cut not rounded, or none when zero."""
    text = in_full(moment)
    return f"{text[:-4]}Z" if text is not None and "." in text else text


def to_seconds(moment: datetime) -> str:
    """A date whose microseconds legacy drops before it writes it, such as `date_joined`."""
    return in_full(moment.replace(microsecond=0))


def _zulu(text: str) -> str:
    return f"{text.removesuffix('+00:00')}Z"
