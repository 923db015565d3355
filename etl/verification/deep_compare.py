"""Compares documents themselves, which checksums cannot: the jsonb against legacy's text.

Legacy's texts are converted anew and compared within PostgreSQL, where a row's checksum says that
it was made from the same text; all others are for verify's digests. Of large tables a part is
enough: another one each time, so that the whole is seen after a while.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from etl.errors import RowRejected
from etl.lines import joined
from etl.mysql import Source, quoted
from etl.postgres import Target
from etl.rows import Row
from etl.tables import Column, TableMap
from etl.values.convert import NULL
from etl.verification.sides import Range

EVERY = 100
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DeepCompare:
    """Compares the documents of one row in `every` of a table, another one each `turn`.

    A table with documents has a number for its key.
    """

    source: Source
    target: Target
    table: TableMap
    every: int = EVERY
    turn: int = field(default_factory=lambda: random.randrange(1 << 32))

    def different(self, part: Range) -> Iterator[tuple[str, str]]:
        """Name the rows of a range and their legacy columns whose documents are others."""
        for column in self.table.columns:
            if len(column.kind.parts) > 1:
                for rows in self._rows(column, part):
                    yield from ((key, column.source) for key in self._compared(column, rows))

    def _rows(self, column: Column, part: Range) -> Iterator[Sequence[Row]]:
        key, after = quoted(self.table.key), part.after
        # Ids are odd or even by their side, so their remainders would not do.
        sample = f"CRC32({key}) % {self.every} = {self.turn % self.every}"
        while True:
            bounds = {">": after, "<=": part.upto}
            held = [f"{key} {sign} {bound}" for sign, bound in bounds.items() if bound is not None]
            rows = self.source.fetch(
                f"SELECT {key}, {quoted(column.source)} FROM {quoted(self.table.source)}"  # noqa: S608 - names come from table maps, bounds are numbers
                f" WHERE {' AND '.join([sample, *held])} ORDER BY {key} LIMIT {_AT_ONCE}"
            )
            if rows:
                yield rows
            if len(rows) < _AT_ONCE:
                return
            after = int(rows[-1][0] or 0)

    def _compared(self, column: Column, rows: Sequence[Row]) -> Sequence[str]:
        """Give the keys that differ; a text that modern calls JSON and no jsonb holds differs."""
        lines = list(_lines(column, rows))
        try:
            return self._ask(column, lines)
        except psycopg.DataError:
            if len(rows) == 1:
                return [(rows[0][0] or b"").decode()]
            half = len(rows) // 2
            return [*self._compared(column, rows[:half]), *self._compared(column, rows[half:])]

    def _ask(self, column: Column, lines: Sequence[bytes]) -> Sequence[str]:
        connection = self.target.connection
        with self.target.transaction():
            connection.execute(_EXPECTED)
            with connection.cursor().copy("COPY expected FROM STDIN") as copy:
                copy.write(joined(lines))
            document, text, crc = map(sql.Identifier, column.targets)
            query = sql.SQL(_DIFFERENT).format(
                target=sql.Identifier(*self.table.relation),
                key=sql.Identifier(self.table.key_column.target),
                document=document,
                text=text,
                crc=crc,
            )
            return [str(key) for (key,) in connection.execute(query).fetchall()]


def _lines(column: Column, rows: Sequence[Row]) -> Iterator[bytes]:
    for key, value in rows:
        try:
            yield b"\t".join((key or b"", *_fields(column, value)))
        except RowRejected:
            continue


def _fields(column: Column, value: bytes | None) -> tuple[bytes, bytes]:
    """Give what modern should hold of a value, and the text of it that it may hold instead."""
    convert, otherwise = column.kind.convert, column.kind.otherwise
    if value is None or convert is None or otherwise is None:
        return column.kind.null, NULL
    _, text, _ = otherwise(value, _silent).split(b"\t")
    return convert(value, _silent), text


def _silent(_rule: str) -> None:
    """Count no rule: the row was counted when it was copied."""


_EXPECTED = """
    CREATE TEMP TABLE expected
        (key bigint, document text, text text, crc bigint, otherwise text) ON COMMIT DROP
"""
# The cast is not tried where modern holds the text: what jsonb refuses ends there.
_DIFFERENT = """
    SELECT expected.key FROM expected JOIN {target} AS there ON there.{key} = expected.key
    WHERE there.{crc} IS NOT DISTINCT FROM expected.crc AND CASE
        WHEN there.{text} IS NOT NULL
            THEN there.{document} IS NOT NULL OR there.{text} <> expected.otherwise
        ELSE expected.text IS NOT NULL
            OR there.{document} IS DISTINCT FROM expected.document::jsonb
    END
    ORDER BY expected.key
"""
