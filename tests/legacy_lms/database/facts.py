"""The recorded facts of the legacy schema, as typed values; no SQL is made here.

The fixture keeps what differs. What was recorded for all 292 tables alike is not repeated: InnoDB,
utf8mb3_general_ci for every text column, no column default, B-tree indexes over whole columns, and
foreign keys that restrict on delete and update.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["COLLATION", "Column", "ForeignKey", "Index", "Table", "tables"]

COLLATION = "utf8mb3_general_ci"
SCHEMA_DIR = Path(__file__).parents[1] / "fixtures" / "schema"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``type`` is MySQL's full spelling, such as ``varchar(255)``."""

    name: str
    type: str
    nullable: bool
    auto_increment: bool


@dataclass(frozen=True, slots=True)
class Index:
    """One key with its columns in order; the primary key is the one named PRIMARY."""

    name: str
    unique: bool
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """One reference from a column of the table to a column of another."""

    name: str
    column: str
    referenced_table: str
    referenced_column: str


@dataclass(frozen=True, slots=True)
class Table:
    """One legacy table with its columns in order, its keys and its references."""

    name: str
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...]
    foreign_keys: tuple[ForeignKey, ...]


@cache
def tables() -> Mapping[str, Table]:
    """Give every legacy table by its name, in the order of the names."""
    columns: dict[str, list[Column]] = defaultdict(list)
    indexes: dict[str, list[Index]] = defaultdict(list)
    references: dict[str, list[ForeignKey]] = defaultdict(list)
    for table, name, kind, nullable, counts in _lines("columns.tsv"):
        columns[table].append(Column(name, kind, nullable == "yes", counts == "yes"))
    for table, name, unique, over in _lines("indexes.tsv"):
        indexes[table].append(Index(name, unique == "yes", tuple(over.split(","))))
    for table, name, column, *target in _lines("foreign_keys.tsv"):
        references[table].append(ForeignKey(name, column, *target))
    return {
        name: Table(name, tuple(columns[name]), tuple(indexes[name]), tuple(references[name]))
        for name in sorted(columns)
    }


def _lines(file: str) -> Iterator[list[str]]:
    lines = (SCHEMA_DIR / file).read_text("utf-8").splitlines()
    return (line.split("\t") for line in lines[1:])
