"""What the columns of a legacy table can hold, from information_schema; nothing is cached here."""

from collections.abc import Mapping

from etl.back.representable import Limits
from etl.mysql import Source, text

_LIMITS = """
    SELECT column_name, data_type, is_nullable, column_type, character_set_name,
        character_maximum_length, numeric_precision, numeric_scale, datetime_precision
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = %s
"""


def read(source: Source, table: str) -> Mapping[str, Limits]:
    """Read the limits of a table's columns as they are now, by their names."""
    return {text(row[0]): _limits(*row) for row in source.fetch(_LIMITS, table)}


def _limits(
    name: bytes | None,
    data_type: bytes | None,
    nullable: bytes | None,
    column_type: bytes | None,
    charset: bytes | None,
    *numbers: bytes | None,
) -> Limits:
    length, precision, scale, fraction = (int(number or 0) for number in numbers)
    return Limits(
        name=text(name),
        data_type=text(data_type),
        nullable=nullable == b"YES",
        unsigned=b"unsigned" in (column_type or b""),
        charset=text(charset),
        length=length,
        precision=precision,
        scale=scale,
        fraction=fraction,
    )
