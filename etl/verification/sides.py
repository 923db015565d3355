"""One table on one side, as digests that the database itself computes: the two readers of verify.

Both offer the same questions. Keys are text here, because that is what both sides can spell.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from psycopg import sql

from etl.mysql import Source, quoted, text
from etl.postgres import Connection, translated
from etl.rows import key_text
from etl.tables import TableMap
from etl.verification.digest import Lists

Digests = Mapping[str, int]
_UNSIGNED = 1 << 64


@dataclass(frozen=True, slots=True)
class Range:
    """Keys after `after` up to `upto`; None is open."""

    after: int | None
    upto: int | None


class Side(Protocol):
    """What verify asks of a side."""

    def summary(self, part: Range) -> tuple[int, int]:
        """Count the rows of a range and digest all of them."""

    def rows(self, part: Range) -> Digests:
        """Digest each row of a range."""

    def of_keys(self, keys: Collection[str]) -> Digests:
        """Digest the rows that have one of these keys."""

    def columns(self, key: str) -> Sequence[str] | None:
        """Digest each column of a row; None when there is no such row."""


@dataclass(frozen=True, slots=True)
class LegacySide:
    """A legacy table."""

    source: Source
    table: TableMap
    lists: Lists

    def summary(self, part: Range) -> tuple[int, int]:
        """Count the rows of a range and digest all of them."""
        ((count, total),) = self._select(self.lists.chunk, self._in(part))
        return int(text(count)), int(text(total))

    def rows(self, part: Range) -> Digests:
        """Digest each row of a range."""
        return self._digests(self._in(part))

    def of_keys(self, keys: Collection[str]) -> Digests:
        """Digest the rows that have one of these keys.

        A collation may bring more rows than were asked for, `Bob` for `bob`: they are left out.
        """
        found = self._digests(_Where(f"WHERE {self._key} IN %s", (list(keys),)))
        return {key: value for key, value in found.items() if key in keys}

    def columns(self, key: str) -> Sequence[str] | None:
        """Digest each column of a row; None when there is no such row."""
        where = _Where(f"WHERE {self._key} = %s", (key,))
        rows = self._select(self.lists.columns, where)
        return [text(value) for value in rows[0]] if rows else None

    def end_of_range(self, after: int | None, size: int) -> int | None:
        """Give the key of the row `size` rows after a key; None when there are fewer."""
        tail = f" ORDER BY {self._key} LIMIT 1 OFFSET {size - 1:d}"
        where = self._in(Range(after, None))
        rows = self._select(self._key, _Where(where.text + tail, where.values))
        return int(text(rows[0][0])) if rows else None

    @property
    def _key(self) -> str:
        return quoted(self.table.key)

    def _in(self, part: Range) -> "_Where":
        return _within(self._key, part)

    def _digests(self, where: "_Where") -> Digests:
        rows = self._select(self.lists.row, where)
        # A row that MySQL could not spell has 0, the digest of no other but by chance.
        return {key_text(key or b""): int(text(value) or 0) for key, value in rows}

    def _select(self, columns: str, where: "_Where") -> Sequence[tuple[bytes | None, ...]]:
        words = ("SELECT", columns, "FROM", quoted(self.table.source), where.text)
        return self.source.fetch(" ".join(words), *where.values)


@dataclass(frozen=True, slots=True)
class ModernSide:
    """The modern table of a table map."""

    connection: Connection
    table: TableMap
    lists: Lists

    def summary(self, part: Range) -> tuple[int, int]:
        """Count the rows of a range and digest all of them."""
        ((count, total),) = self._select(self.lists.chunk, self._in(part))
        return int(str(count)), int(str(total)) % _UNSIGNED

    def rows(self, part: Range) -> Digests:
        """Digest each row of a range."""
        return self._digests(self._in(part))

    def of_keys(self, keys: Collection[str]) -> Digests:
        """Digest the rows that have one of these keys."""
        return self._digests(self._with(keys))

    def columns(self, key: str) -> Sequence[str] | None:
        """Digest each column of a row; None when there is no such row."""
        rows = self._select(self.lists.columns, self._with([key]))
        return [str(value) for value in rows[0]] if rows else None

    @property
    def _key(self) -> str:
        return sql.Identifier(self.table.key_column.target).as_string(None)

    def _in(self, part: Range) -> "_Where":
        return _within(self._key, part)

    def _with(self, keys: Collection[str]) -> "_Where":
        return _Where(f"WHERE {self._key} = ANY(%s::{self.table.key_type}[])", (list(keys),))

    def _digests(self, where: "_Where") -> Digests:
        rows = self._select(self.lists.row, where)
        return {str(key): int(str(value)) % _UNSIGNED for key, value in rows}

    def _select(self, columns: str, where: "_Where") -> Sequence[tuple[object, ...]]:
        target = sql.Identifier(*self.table.relation).as_string(None)
        words = ("SELECT", columns, "FROM", target, where.text)
        with translated():
            return self.connection.execute(" ".join(words).encode(), where.values).fetchall()


@dataclass(frozen=True, slots=True)
class _Where:
    text: str
    values: tuple[object, ...]


def _within(key: str, part: Range) -> _Where:
    bounds = ((">", part.after), ("<=", part.upto))
    held = [(sign, bound) for sign, bound in bounds if bound is not None]
    if not held:
        return _Where("", ())
    conditions = " AND ".join(f"{key} {sign} %s" for sign, _ in held)
    return _Where(f"WHERE {conditions}", tuple(bound for _, bound in held))
