"""How both sides spell a value of each kind so that equal ones have one text; pure: it writes SQL.

Nothing is spelled by what a converter would make of it, and by no function that gives one text for
two values: PostgreSQL's `to_char` says nothing of infinity, and of no year whether it is BC.
What PostgreSQL spells by its session's settings is spelled as `postgres.connect` sets them.
"""

from collections.abc import Callable

from etl import mirror_kinds
from etl.catalogue import SourceColumn
from etl.tables import Column
from etl.values import convert, documents, packed_documents
from etl.values.convert import Kind

# These doubles both print alike, others each in a way of its own. Divided by a power of two, which
# costs no bit of them, they are among these: by one next to their own, which may be none itself.
# Of the two zeros MySQL's arithmetic makes one.
_PLAIN_DOUBLES = "BETWEEN 1e-4 AND 1e14"
_UTF8 = frozenset({"utf8", "utf8mb3", "utf8mb4", "ascii"})
_NULL = "'~'"


def legacy(column: Column, found: SourceColumn) -> str:
    """Spell a column of MySQL's, with an end by which it is told from the next one of its row.

    That end is a comma, if the value can have none itself, or there is its length before it. A
    value that MySQL refuses to spell, because it does not fit its packets, makes the whole NULL.
    """
    name = f"`{column.source}`"
    if column.kind in TEXTS:
        text = f"CONCAT(CHAR_LENGTH({name}), ':', {_legacy_bytes(name, found)})"
        return f"IF({name} IS NULL, {_NULL}, {text})"
    spell, _ = _SPELLINGS[column.kind]
    text = f"CONCAT({spell(name, found)}, ',')"
    if column.kind in _NO_DAY:
        # True of no NULL either.
        is_day = f"YEAR({name}) > 0 AND DAY({name}) BETWEEN 1 AND DAY(LAST_DAY({name}))"
        return f"IF({is_day}, {text}, {_NO_DAY[column.kind]})"
    return f"IF({name} IS NULL, {_NULL}, {text})"


def modern(column: Column) -> str:
    """Spell the same for PostgreSQL."""
    names = [f'"{name}"' for name in column.targets]
    if column.kind in TEXTS:
        return f"coalesce(length({names[0]}) || ':' || {names[0]}, {_NULL})"
    _, spell = _SPELLINGS[column.kind]
    return f"coalesce({spell(*names)} || ',', {_NULL})"


def without_nul(text: str) -> str:
    """Write U+2400 for NUL in a text of MySQL's, byte by byte: it is E2 90 80."""
    return f"REPLACE({text}, x'00', x'E29080')"


def _legacy_bytes(name: str, found: SourceColumn) -> str:
    """Take the UTF-8 of a text; what is UTF-8 already takes long to convert."""
    if found.charset in _UTF8:
        return f"CAST({name} AS BINARY)"
    return f"CAST(CONVERT({name} USING utf8mb4) AS BINARY)"


def _legacy_number(name: str, found: SourceColumn) -> str:
    return f"({name} + 0)" if found.zerofill else name


def _legacy_own_number(name: str, _found: SourceColumn) -> str:
    # A year's or a bit's own spelling is none of a number.
    return f"({name} + 0)"


def _legacy_boolean(name: str, _found: SourceColumn) -> str:
    return f"{name} <> 0"


def _legacy_time(name: str, found: SourceColumn) -> str:
    """Leave out zeros at the end of a fraction, as PostgreSQL does."""
    if not found.decimals:
        return name
    return f"TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {name}))"


def _legacy_date(name: str, _found: SourceColumn) -> str:
    return f"LEFT({name}, 10)"


def _legacy_hash(name: str, _found: SourceColumn) -> str:
    # Digits would be twice as long as the value, which may be as long as MySQL's packets.
    return f"MD5({name})"


def _legacy_checksum(name: str, found: SourceColumn) -> str:
    return f"CRC32({name if found.charset in _UTF8 else f'CONVERT({name} USING utf8mb4)'})"


def _legacy_double(column: str, _found: SourceColumn) -> str:
    # As a product, a FLOAT shows all its digits, and a DOUBLE(12,3) no zeros at its end.
    name = f"({column} * 1e0)"
    power = f"CAST(ROUND(LOG2(ABS({name}))) - SIGN(ABS({name}) - 1) AS SIGNED)"
    return (
        f"IF(ABS({name}) {_PLAIN_DOUBLES}, {name}, "
        f"IF({name} = 0, 0, CONCAT({name} / POW(2, {power}), 'p', {power})))"
    )


def _modern_plain(name: str) -> str:
    return f"{name}::text"


def _modern_boolean(name: str) -> str:
    return f"{name}::int"


def _modern_moment(name: str) -> str:
    return f"({name} AT TIME ZONE 'UTC')::text"


def _modern_hash(name: str) -> str:
    return f"md5({name})"


def _modern_checksum(document: str, text: str, crc: str) -> str:
    # It says nothing of a document that is gone, or that is hidden by a text beside it.
    there = f"num_nonnulls({document}, {text})"
    return f"CASE {there} WHEN num_nonnulls({crc}) THEN {crc}::text ELSE 'not one document' END"


def _modern_double(name: str) -> str:
    power = f"(round(ln(abs({name})) / ln(2::float8)) - sign(abs({name}) - 1))"
    return (
        f"CASE WHEN abs({name}) {_PLAIN_DOUBLES} THEN {name}::text WHEN {name} = 0 THEN '0' "
        f"ELSE ({name} / power(2, {power}))::text || 'p' || {power}::text END"
    )


_SPELLINGS: dict[Kind, tuple[Callable[[str, SourceColumn], str], Callable[..., str]]] = {
    convert.INTEGER: (_legacy_number, _modern_plain),
    convert.BOOLEAN: (_legacy_boolean, _modern_boolean),
    convert.MOMENT: (_legacy_time, _modern_moment),
    convert.REQUIRED_MOMENT: (_legacy_time, _modern_moment),
    convert.DATE: (_legacy_date, _modern_plain),
    convert.NUMBER: (_legacy_number, _modern_plain),
    convert.DOUBLE: (_legacy_double, _modern_double),
    documents.JSON: (_legacy_checksum, _modern_checksum),
    packed_documents.PACKED_JSON: (_legacy_checksum, _modern_checksum),
    mirror_kinds.BYTES: (_legacy_hash, _modern_hash),
    mirror_kinds.BITS: (_legacy_own_number, _modern_plain),
    mirror_kinds.YEAR: (_legacy_own_number, _modern_plain),
    mirror_kinds.SPAN: (_legacy_time, _modern_plain),
}
TEXTS = frozenset({convert.TEXT, mirror_kinds.LABEL, mirror_kinds.DOCUMENT})
"""The kinds whose values may be any text, a NUL in it too."""
# What stands for a day that there is not.
_NO_DAY = {
    convert.MOMENT: _NULL,
    convert.REQUIRED_MOMENT: f"'{convert.EPOCH},'",
    convert.DATE: _NULL,
}
