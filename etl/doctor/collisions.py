"""Texts that legacy or people hold for equal and PostgreSQL keeps apart: usernames, e-mails.

The server weighs each text by its own collation and gives two digests, so no text leaves it. The
column has no index to go along, so 24 bytes a row are kept until the table's end.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from etl.doctor import problems
from etl.doctor.passes import Sighting
from etl.mysql import Source, quoted
from etl.rows import Key, Row

COLUMNS = (("auth_user", "username"), ("auth_user", "email"))

# Equal weights: equal but for case, accents and trailing spaces. Empty texts are no collision.
_RANGE = """
    SELECT id, CONV(LEFT(MD5(WEIGHT_STRING(RTRIM(t) COLLATE utf8mb4_general_ci)), 16), 16, 10),
        CONV(LEFT(MD5(t), 16), 16, 10)
    FROM (SELECT id, NULLIF(CONVERT({column} USING utf8mb4), '') AS t FROM {table}{where}
          ORDER BY id LIMIT {size:d}) AS c
    ORDER BY id
"""


def _numbers() -> "array[int]":
    return array("Q")


@dataclass(slots=True)
class CollisionPass:
    """Collects the weights of one text column and compares them at the end."""

    source: Source
    table: str
    column: str
    resumable: bool = False
    _keys: "array[int]" = field(default_factory=_numbers)
    _weights: "array[int]" = field(default_factory=_numbers)
    _exact: "array[int]" = field(default_factory=_numbers)

    @property
    def name(self) -> str:
        """What is looked for, and where."""
        return f"equals in {self.table}.{self.column}"

    def read(self, after: Key | None, size: int) -> Sequence[Row]:
        """Read keys with the digest of what each text weighs and of its bytes."""
        where, parameters = ("", ()) if after is None else (" WHERE id > %s", (int(after),))
        statement = _RANGE.replace("{where}", where).format(
            table=quoted(self.table), column=quoted(self.column), size=size
        )
        return self.source.fetch(statement, *parameters)

    def key(self, row: Row) -> Key:
        """Give the key of a row."""
        return row[0] or b""

    def examine(self, rows: Sequence[Row]) -> Iterator[Sighting]:
        """Keep the digests; nothing can be said yet."""
        for key, weight, exact in rows:
            if key is not None and weight is not None and exact is not None:
                self._keys.append(int(key))
                self._weights.append(int(weight))
                self._exact.append(int(exact))
        yield from ()

    def conclude(self) -> Iterator[Sighting]:
        """Say which rows are equal to another one by weight, and which of them byte by byte."""
        alike, same = _several(self._weights), _several(self._exact)
        for key, weight, exact in zip(self._keys, self._weights, self._exact, strict=True):
            if weight in alike:
                problem = problems.TWICE if exact in same else problems.SAME_BUT_CASE
                yield Sighting(self.column, problem, b"%d" % key)


def _several(numbers: "array[int]") -> set[int]:
    return {one for one, following in pairwise(sorted(numbers)) if one == following}
