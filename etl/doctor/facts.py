"""What the server's own tables say, as every check gets it; read once, frozen."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Answer = Sequence[tuple[str, ...]]
"""Rows of the server's own tables as text; NULL is the empty text."""

# How MariaDB from 10.5 and MySQL with show_old_temporals mark the format of before 5.6.4.
_OLD_FORMAT = re.compile(r"\s*/\*.*\*/")
_WORDS = {"ON": "1", "YES": "1", "OFF": "0", "NO": "0"}


@dataclass(frozen=True, slots=True)
class Column:
    """A legacy column as it is; `type` is MySQL's full spelling without marks.

    `is_key` says whether it belongs to the primary key; `collation` is empty where it has none.
    """

    table: str
    name: str
    type: str
    is_key: bool = False
    old_format: bool = False
    collation: str = ""

    @classmethod
    def read(cls, table: str, name: str, column_type: str, key: str, collation: str) -> "Column":
        """Read what information_schema gives, with the mark of an old temporal format."""
        plain = _OLD_FORMAT.sub("", column_type)
        marked = plain != column_type
        return cls(table, name, plain, is_key=key == "PRI", old_format=marked, collation=collation)

    @property
    def data_type(self) -> str:
        """The type's bare name, such as `varchar`."""
        return re.split(r"[ (]", self.type, maxsplit=1)[0]

    @property
    def length(self) -> int | None:
        """How many characters a char or varchar takes."""
        found = re.fullmatch(r"(?:var)?char\((\d+)\)", self.type)
        return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Facts:
    """The database's name, the server's global variables, every column by table and name.

    The status `Slave_running` is among the variables.
    """

    database: str
    variables: Mapping[str, str]
    tables: Mapping[str, Mapping[str, Column]]

    @property
    def columns(self) -> Iterator[Column]:
        """Every column in the database."""
        return (column for columns in self.tables.values() for column in columns.values())

    def flag(self, variable: str) -> str | None:
        """Give a variable with ON and OFF as 1 and 0; None where the server has none."""
        value = self.variables.get(variable)
        return _WORDS.get(value.upper(), value) if value is not None else None

    @property
    def is_mariadb(self) -> bool:
        """Whether the server is MariaDB and not MySQL."""
        return "mariadb" in self.variables.get("version", "").lower()

    @property
    def is_replica(self) -> bool:
        """Whether the server says it is a replica at work, which MySQL 5.7 and later do not."""
        return self.flag("Slave_running") == "1"

    @property
    def version(self) -> tuple[int, ...]:
        """The server's version as numbers; empty where it cannot be read."""
        found = re.match(r"(\d+)\.(\d+)\.(\d+)", self.variables.get("version", ""))
        return tuple(int(part) for part in found.groups()) if found else ()


def by_table(columns: Iterable[Column]) -> dict[str, dict[str, Column]]:
    """Group columns as `Facts` holds them."""
    found: dict[str, dict[str, Column]] = {}
    for column in columns:
        found.setdefault(column.table, {})[column.name] = column
    return found
