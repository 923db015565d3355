"""The vocabulary of the ETL: what travels between reading, converting and loading; all frozen.

A row holds the columns of its table map, in the map's order, in the bytes that a MySQL `SELECT`
gives in the text protocol. Snapshot and log deliver the same spelling: one conversion serves both.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

Row = tuple[bytes | None, ...]
"""One row in the order of its map's columns; None is NULL."""

Key = bytes
"""The value of a row's key column, as `SELECT` spells it."""

Scalar = str | int | float | bool | None
"""A value of an outbox image, of every column but those that are jsonb themselves."""

Json: TypeAlias = "Scalar | list[Json] | dict[str, Json]"
"""A value of an outbox image: what `to_jsonb(row)` makes of a PostgreSQL column."""


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a JSON document, equal to another one when the checksums are.

    `crc` is the CRC-32 of the text that legacy has or had. `text` may be spelled otherwise, where
    it was made from a jsonb, which keeps neither spaces nor the order of keys.
    """

    text: str = field(compare=False)
    crc: int

    def __str__(self) -> str:
        return self.text


Parameter = str | int | float | Decimal | Document | None
"""A value on its way into a MySQL statement."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place between two transactions of the binlog; ordered within one server.

    File names compare as text: a server numbers them with leading zeros.
    """

    file: str
    offset: int

    def __str__(self) -> str:
        return f"{self.file}:{self.offset}"


@dataclass(frozen=True, slots=True)
class Change:
    """One changed row: an insert has no `old_key`, a delete no `new_key` and no `row`.

    Of the image before the change only the key is kept: the last image is all that is applied.
    """

    table: str
    old_key: Key | None
    new_key: Key | None
    row: Row | None


@dataclass(frozen=True, slots=True)
class Transaction:
    """The changes of one source transaction to copied tables, possibly none, and where it ends.

    `position` is None for a piece of a transaction that is too large to be held at once: the next
    one with a position ends it. `size` is roughly how many bytes its changes hold.
    `acked` is the outbox entry that the marker row names in this transaction, if it does.
    `at` is the source's clock in unix seconds, 0 when the event has none; `begun` is what it was
    when the log's file was begun, 0 when that is not known.
    """

    changes: tuple[Change, ...]
    position: Position | None
    at: int
    acked: int | None = None
    gtid: str | None = None
    size: int = 0
    begun: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """A statement in the log that changes what copied tables look like or hold: a barrier.

    `keeps_rows` says that the tables hold the rows they held, in other columns at most.
    """

    tables: tuple[str, ...]
    verb: str
    position: Position
    at: int
    keeps_rows: bool


@dataclass(frozen=True, slots=True)
class Chunk:
    """A range of one table in key order; `last_key` is None and `rows` empty at the table's end."""

    table: str
    rows: tuple[Row, ...]
    last_key: Key | None


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that cannot be converted or stored: kept with the reason and its original bytes.

    `refused` says that PostgreSQL did not take the row, mostly because another one is in its way.
    """

    table: str
    key: Key
    reason: str
    original: Row
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """How often a rule changed a value of one column in a batch, and the key of one such row."""

    table: str
    column: str
    rule: str
    count: int
    sample: Key


def key_text(key: Key) -> str:
    """Spell a key as PostgreSQL and people read it; bytes that are not UTF-8 stay visible."""
    return key.decode("utf-8", "backslashreplace").replace("\0", "\u2400")
