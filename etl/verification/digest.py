"""One text for a row on both sides, as SQL, and the digest of many; pure: it writes SELECT lists.

Both databases compute it themselves, so a mistake in the ETL's reader or converter shows up as a
difference instead of hiding on both sides. MD5 is the one hash both servers have built in; 64 of
its bits are folded by exclusive or, which makes the digest of a chunk independent of the order of
its rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from etl.catalogue import SourceColumn
from etl.tables import TableMap
from etl.verification import spellings


@dataclass(frozen=True, slots=True)
class Lists:
    """What to select of one side of a table.

    `row` is its key and the 64-bit digest of its columns, `chunk` the number of rows and the digest
    of all of them, `columns` a digest of each column, to name those that differ.
    """

    row: str
    chunk: str
    columns: str


def legacy(table: TableMap, found: Sequence[SourceColumn]) -> Lists:
    """Write the lists for MySQL, which says itself what is `found` of a table's columns.

    A row that it cannot spell has no digest. COALESCE would be for that, but 5.6 loses digits of
    what is unsigned in it.
    """
    by_name = {column.name: column for column in found}
    # A column that is gone is for the server to report.
    unknown = SourceColumn("", "")
    texts = [
        spellings.legacy(column, by_name.get(column.source, unknown)) for column in table.columns
    ]
    row = f"CONCAT({', '.join(texts)})"
    if any(column.kind in spellings.TEXTS for column in table.columns):
        row = spellings.without_nul(row)
    digest = f"CAST(CONV(LEFT(MD5({row}), 16), 16, 10) AS UNSIGNED)"
    return Lists(
        row=f"`{table.key}`, {digest}",
        chunk=f"COUNT(*), BIT_XOR({digest})",
        columns=", ".join(f"MD5({spellings.without_nul(text)})" for text in texts),
    )


def modern(table: TableMap) -> Lists:
    """Write the lists for PostgreSQL."""
    texts = [spellings.modern(column) for column in table.columns]
    # A bit string is cut at its end.
    digest = f"('x' || md5({' || '.join(texts)}))::bit(64)::bigint"
    return Lists(
        row=f'"{table.key_column.target}"::text, {digest}',
        chunk=f"count(*), coalesce(bit_xor({digest}), 0)",
        columns=", ".join(f"md5({text})" for text in texts),
    )
