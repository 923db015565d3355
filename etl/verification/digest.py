"""One text for a row on both sides, as SQL, and the digest of many; pure: it writes statements.

Both databases compute it themselves, so a mistake in the ETL's reader or converter shows up as a
difference instead of hiding on both sides. A value ends with a comma, if it can have none itself,
or has its length before it, so no two rows share a text. MD5 is the one hash both servers have
built in; 64 of its bits are folded by exclusive or, which makes the digest of a chunk independent
of the order of its rows.
"""

from collections.abc import Callable
from dataclasses import dataclass

from etl import mirror_kinds
from etl.tables import Column, TableMap
from etl.values import convert, documents, packed_documents
from etl.values.convert import Kind

# The spelling of doubles differs outside this range (1e15, 1e+15): the logarithm speaks for them.
_PLAIN_DOUBLES = "BETWEEN 1e-4 AND 1e14"
_EPOCH = f"'{convert.EPOCH}.000000'"


@dataclass(frozen=True, slots=True)
class Sides:
    """The same thing said to MySQL and to PostgreSQL."""

    legacy: str
    modern: str


def row_digests(table: TableMap) -> Sides:
    """Write the two SELECT lists that give a row's key and the 64-bit digest of its columns."""
    key, digest = table.key_column, _digest(table)
    return Sides(f"`{key.source}`, {digest.legacy}", f'"{key.target}"::text, {digest.modern}')


def chunk_digests(table: TableMap) -> Sides:
    """Write the two SELECT lists that give the number of rows and the digest of all of them."""
    digest = _digest(table)
    return Sides(
        legacy=f"COUNT(*), COALESCE(BIT_XOR({digest.legacy}), 0)",
        modern=f"count(*), coalesce(bit_xor({digest.modern}), 0)",
    )


def column_digests(table: TableMap) -> Sides:
    """Write the two SELECT lists that give a digest for each column, to name those that differ."""
    texts = [_text(column) for column in table.columns]
    return Sides(
        legacy=", ".join(f"MD5({text.legacy})" for text in texts),
        modern=", ".join(f"md5({text.modern})" for text in texts),
    )


def _digest(table: TableMap) -> Sides:
    texts = [_text(column) for column in table.columns]
    legacy = ", ".join(text.legacy for text in texts)
    modern = " || ".join(text.modern for text in texts)
    return Sides(
        legacy=f"CAST(CONV(LEFT(MD5(CONCAT({legacy})), 16), 16, 10) AS UNSIGNED)",
        modern=f"('x' || left(md5({modern}), 16))::bit(64)::bigint",
    )


def _text(column: Column) -> Sides:
    """Frame a value; one that is costly to spell is spelled once only."""
    spell_legacy, spell_modern = _SPELLINGS[column.kind]
    legacy = spell_legacy(f"`{column.source}`")
    modern = spell_modern(*(f'"{name}"' for name in column.targets))
    if column.kind in _FREE_TEXTS:
        return Sides(
            f"COALESCE(CONCAT(LENGTH({legacy}), ':', {legacy}), '~')",
            f"coalesce(octet_length({modern}) || ':' || {modern}, '~')",
        )
    return Sides(f"COALESCE(CONCAT({legacy}, ','), '~')", f"coalesce({modern} || ',', '~')")


def _legacy_plain(name: str) -> str:
    return f"CAST({name} AS CHAR CHARACTER SET utf8mb4)"


def _modern_plain(name: str) -> str:
    return f"{name}::text"


def _legacy_integer(name: str) -> str:
    # The sum is a number whatever the column pads with zeros, a year's or a bit's own spelling is.
    return _legacy_plain(f"({name} + 0)")


def _legacy_words(name: str) -> str:
    # NUL arrives as U+2400, which is E2 90 80.
    return f"REPLACE(CONVERT({name} USING utf8mb4), CHAR(0), CONVERT(x'E29080' USING utf8mb4))"


def _legacy_boolean(name: str) -> str:
    return f"IF({name} IS NULL, NULL, IF({name} <> 0, '1', '0'))"


def _modern_boolean(name: str) -> str:
    return f"{name}::int::text"


def _legacy_is_day(name: str) -> str:
    return f"YEAR({name}) > 0 AND DAY({name}) BETWEEN 1 AND DAY(LAST_DAY({name}))"


def _legacy_moment(name: str) -> str:
    # Columns of databases that grew up on 5.5 hold no fraction: the cast gives all six digits.
    return f"IF({_legacy_is_day(name)}, CAST(CAST({name} AS DATETIME(6)) AS CHAR), NULL)"


def _legacy_required_moment(name: str) -> str:
    return f"COALESCE({_legacy_moment(name)}, {_EPOCH})"


def _modern_moment(name: str) -> str:
    return f"to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"


def _legacy_date(name: str) -> str:
    return f"IF({_legacy_is_day(name)}, LEFT(CAST({name} AS CHAR), 10), NULL)"


def _modern_date(name: str) -> str:
    return f"to_char({name}, 'YYYY-MM-DD')"


def _legacy_bytes(name: str) -> str:
    return f"LOWER(HEX({name}))"


def _modern_bytes(name: str) -> str:
    return f"encode({name}, 'hex')"


def _legacy_span(name: str) -> str:
    return f"CAST(CAST({name} AS TIME(6)) AS CHAR)"


def _modern_span(name: str) -> str:
    # Of a negative span every part would have a sign of its own.
    sign = f"CASE WHEN {name} < interval '0' THEN '-' ELSE '' END"
    return f"{sign} || to_char(greatest({name}, -{name}), 'HH24:MI:SS.US')"


def _legacy_document(name: str) -> str:
    return _legacy_plain(f"CRC32(CONVERT({name} USING utf8mb4))")


def _modern_document(_document: str, _text: str, crc: str) -> str:
    return _modern_plain(crc)


def _legacy_double(column: str) -> str:
    # As a product, a FLOAT shows all its digits, and a DOUBLE(12,3) no zeros at its end.
    name = f"({column} * 1e0)"
    return (
        f"IF({name} = 0 OR ABS({name}) {_PLAIN_DOUBLES}, CAST({name} AS CHAR), "
        f"CONCAT('E', CAST(ROUND(LOG10(ABS({name})) * 1000000) AS SIGNED)))"
    )


def _modern_double(name: str) -> str:
    return (
        f"CASE WHEN {name} IS NULL THEN NULL "
        f"WHEN {name} = 0 OR abs({name}) {_PLAIN_DOUBLES} THEN {name}::text "
        f"ELSE 'E' || round(log(abs({name})::numeric) * 1000000)::bigint::text END"
    )


_Spelling = Callable[[str], str]
_SPELLINGS: dict[Kind, tuple[_Spelling, Callable[..., str]]] = {
    convert.TEXT: (_legacy_words, _modern_plain),
    convert.INTEGER: (_legacy_integer, _modern_plain),
    convert.BOOLEAN: (_legacy_boolean, _modern_boolean),
    convert.MOMENT: (_legacy_moment, _modern_moment),
    convert.REQUIRED_MOMENT: (_legacy_required_moment, _modern_moment),
    convert.DATE: (_legacy_date, _modern_date),
    convert.NUMBER: (_legacy_plain, _modern_plain),
    convert.DOUBLE: (_legacy_double, _modern_double),
    documents.JSON: (_legacy_document, _modern_document),
    packed_documents.PACKED_JSON: (_legacy_document, _modern_document),
    mirror_kinds.BYTES: (_legacy_bytes, _modern_bytes),
    mirror_kinds.BITS: (_legacy_integer, _modern_plain),
    mirror_kinds.YEAR: (_legacy_integer, _modern_plain),
    mirror_kinds.LABEL: (_legacy_words, _modern_plain),
    mirror_kinds.SPAN: (_legacy_span, _modern_span),
    mirror_kinds.DOCUMENT: (_legacy_words, _modern_plain),
}
_FREE_TEXTS = frozenset({convert.TEXT, mirror_kinds.LABEL})
