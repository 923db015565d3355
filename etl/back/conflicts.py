"""The modern writes that did not reach legacy as they were meant, as rows of bridge.conflict.

Names columns; the values, which are personal data, leave only where a caller asks for `values`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from etl.postgres import Connection, translated
from etl.rows import Json, Parameter
from etl.tables import BY_SOURCE, TableMap
from etl.values import convert, documents, packed_documents
from etl.values.convert import Kind

Image = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which conflicts: of one legacy table, since a moment; None leaves either open."""

    table: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """One entry as it was recorded: legacy's row then, modern's before and after the write.

    `legacy` is by legacy's column names, the other two by modern's; None means there was no row.
    """

    seq: int
    source: str
    key: str
    op: str
    policy: str
    at: datetime
    legacy: Image | None
    before: Image | None
    after: Image | None

    @property
    def images(self) -> dict[str, dict[str, Parameter]]:
        """The images there are by legacy's columns, comparable; none when the map is gone."""
        table = BY_SOURCE.get(self.source)
        if table is None:
            return {}
        found = {} if self.legacy is None else {"legacy": _restored(table, self.legacy)}
        before, after = table.revert_change(self.before, self.after)
        both = {"before": before, "after": after}
        return found | {name: image for name, image in both.items() if image is not None}

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns in which the images differ, by legacy's names."""
        images = list(self.images.values())
        names = {name: None for image in images for name in image}
        return tuple(name for name in names if _differ([image.get(name) for image in images]))

    def values(self) -> dict[str, dict[str, Parameter]]:
        """Give what each image holds in the columns that differ: column -> image -> value."""
        images = self.images
        return {
            column: {name: image.get(column) for name, image in images.items()}
            for column in self.columns
        }


@dataclass(frozen=True, slots=True)
class Count:
    """How many conflicts of a table were settled in one way."""

    source: str
    policy: str
    count: int


def newest(connection: Connection, wanted: Filter, *, limit: int) -> list[Conflict]:
    """Read conflicts, the newest first."""
    with translated(), connection.cursor(row_factory=class_row(Conflict)) as cursor:
        return cursor.execute(_NEWEST, _parameters(wanted) | {"limit": limit}).fetchall()


def counts(connection: Connection, wanted: Filter | None = None) -> list[Count]:
    """Count conflicts by table and policy."""
    with translated(), connection.cursor(row_factory=class_row(Count)) as cursor:
        return cursor.execute(_COUNTS, _parameters(wanted or Filter())).fetchall()


def _parameters(wanted: Filter) -> dict[str, object]:
    return {"table": wanted.table, "since": wanted.since}


def _restored(table: TableMap, image: Image) -> dict[str, Parameter]:
    """Undo what JSON did to legacy's image: decimals are text in it, a NUL is its symbol."""
    restore = {column.source: _RESTORE.get(column.kind, _as_it_is) for column in table.columns}
    return {name: restore.get(name, _as_it_is)(value) for name, value in image.items()}


def _as_it_is(value: Parameter) -> Parameter:
    return value


def _document(text: str | None) -> Parameter:
    return documents.from_json(None, text, None)


def _differ(values: Sequence[Parameter]) -> bool:
    return any(value != values[0] for value in values)


_RESTORE: Mapping[Kind, Callable[..., Parameter]] = {
    convert.TEXT: convert.from_text,
    convert.NUMBER: convert.from_number,
    documents.JSON: _document,
    packed_documents.PACKED_JSON: _document,
}
_NEWEST = """
    SELECT seq, source, key, op::text AS op, policy, at, legacy, before, after
    FROM bridge.conflict
    WHERE (%(table)s::text IS NULL OR source = %(table)s)
      AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
    ORDER BY id DESC LIMIT %(limit)s
"""
_COUNTS = """
    SELECT source, policy, count(*) AS count FROM bridge.conflict
    WHERE (%(table)s::text IS NULL OR source = %(table)s)
      AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
    GROUP BY source, policy ORDER BY source, policy
"""
