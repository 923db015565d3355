"""How a legacy table becomes a modern table, column by column, both directions; a declaration."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

from etl.rows import Json, Parameter
from etl.values.convert import INTEGER, TEXT, Kind

_LONGEST_NAME = 63


@dataclass(frozen=True, slots=True)
class Column:
    """A legacy column, the modern column it becomes (`to`, empty for the same name), its kind.

    A column whose kind has several parts becomes several modern columns, named by `targets`.
    `type` is the PostgreSQL type where the ETL itself makes the table, which is where it mirrors.
    """

    source: str
    to: str = ""
    kind: Kind = TEXT
    type: str = ""

    @property
    def target(self) -> str:
        """The name in PostgreSQL, of several columns their first."""
        return self.to or self.source

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of all columns in PostgreSQL that this one feeds, in COPY's order."""
        return tuple(self.target + part for part in self.kind.parts)


@dataclass(frozen=True)
class TableMap:
    """A legacy table, the modern table it becomes, its key and its columns.

    `key` names the legacy column that is the primary key of both; it is one of `columns`.
    `schema` is empty for modern's own tables, which are found on the search path.
    `optional` says that not every release of legacy has the table: where it is missing, it is left
    out, and modern's table stays empty.
    """

    source: str
    target: str
    key: str
    columns: tuple[Column, ...]
    schema: str = ""
    optional: bool = False

    @cached_property
    def relation(self) -> tuple[str, ...]:
        """The parts of the target's name in PostgreSQL."""
        return (self.schema, self.target) if self.schema else (self.target,)

    @cached_property
    def stage(self) -> str:
        """The name of the temporary table that rows pass through."""
        return fitting("stage_" + self.source)

    @cached_property
    def key_index(self) -> int:
        """Where the key stands in a row."""
        return self.source_columns.index(self.key)

    @cached_property
    def key_column(self) -> Column:
        """The column that is the key."""
        return self.columns[self.key_index]

    @cached_property
    def key_is_number(self) -> bool:
        """Whether ids are handed out by the databases, odd by legacy and even by modern."""
        return self.key_column.kind is INTEGER

    @cached_property
    def key_type(self) -> str:
        """The PostgreSQL type of the key; an unsigned bigint of a mirror needs a numeric."""
        if self.key_column.type.startswith("numeric"):
            return "numeric"
        return "bigint" if self.key_is_number else "text"

    @cached_property
    def source_columns(self) -> tuple[str, ...]:
        """The legacy names, in row order."""
        return tuple(column.source for column in self.columns)

    @cached_property
    def target_columns(self) -> tuple[str, ...]:
        """The modern names, in row order; there may be more of them than legacy names."""
        return tuple(name for column in self.columns for name in column.targets)

    def source_key(self, spelled: str) -> bytes:
        """Spell a key of modern as legacy does."""
        return str(self.key_column.kind.revert(spelled)).encode()

    def revert(self, image: Mapping[str, Json]) -> dict[str, Parameter]:
        """Turn a modern row image into legacy columns; columns not in the map are left out."""
        return {
            column.source: column.kind.revert(*(image[name] for name in column.targets))
            for column in self.columns
            if image.keys() >= set(column.targets)
        }

    def revert_change(
        self, before: Mapping[str, Json] | None, after: Mapping[str, Json] | None
    ) -> tuple[dict[str, Parameter] | None, dict[str, Parameter] | None]:
        """Turn the images before and after a change into legacy columns; None is no row.

        What tells whether a document changed is the document: its checksum is taken along or left
        out accordingly, whatever the writer did to it. A text of legacy is not rewritten by who
        stores the same again, and who forgets the checksum is carried all the same.
        """
        if before is not None and after is not None:
            after = {**after, **dict(self._checksums(before, after))}
        return (
            None if before is None else self.revert(before),
            None if after is None else self.revert(after),
        )

    def _checksums(
        self, before: Mapping[str, Json], after: Mapping[str, Json]
    ) -> Iterator[tuple[str, Json]]:
        for column in self.columns:
            *parts, crc = column.targets
            if not parts:
                continue
            # Spelled alike, because to Python true and 1 are equal.
            was, now = (
                column.kind.revert(*map(image.get, parts), None) for image in (before, after)
            )
            if was == now:
                yield crc, before.get(crc)
            elif before.get(crc) == after.get(crc):
                yield crc, None


def fitting(name: str) -> str:
    """Shorten a name to what PostgreSQL takes, 63 bytes; MySQL's may have 64 characters."""
    raw = name.encode()
    if len(raw) <= _LONGEST_NAME:
        return name
    return f"{raw[: _LONGEST_NAME - 9].decode(errors='ignore')}_{crc32(raw):08x}"
