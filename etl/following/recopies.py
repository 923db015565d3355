"""What a follower is asked to copy anew while it follows, and how far it is; in PostgreSQL.

Every function runs in the caller's transaction. The work itself is in recopying.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from psycopg.rows import class_row

from etl.postgres import Connection
from etl.rows import Key

COPYING, SWEEPING, DONE, FAILED = "copying", "sweeping", "done", "failed"


@dataclass(frozen=True, slots=True)
class Recopy:
    """A copy of one table, of its keys after `after` up to `upto`, or of the rows with `keys`.

    `last_key` is how far its phase is; `sweep` asks for the second phase, which deletes what legacy
    no longer has.
    """

    source: str
    after: Key | None = None
    upto: Key | None = None
    keys: Sequence[Key] | None = None
    sweep: bool = False
    phase: str = COPYING
    last_key: Key | None = None
    copied: int = 0
    deleted: int = 0
    detail: str = ""
    id: int = 0

    @property
    def is_open(self) -> bool:
        """Whether there is work left."""
        return self.phase in (COPYING, SWEEPING)

    @property
    def is_whole(self) -> bool:
        """Whether all of the table is meant."""
        return self.keys is None and self.after is None and self.upto is None

    def __str__(self) -> str:
        return f"{self.source}: {self.copied} rows read anew, {self.deleted} deleted, {self.phase}"


def ask(connection: Connection, wanted: Recopy) -> int:
    """Note a copy that is wanted, and give its number."""
    (row,) = connection.execute(_ASK, asdict(wanted))
    return int(str(row[0]))


def following(connection: Connection) -> Recopy | None:
    """Give the copy that is to be worked on: the one that was asked for first."""
    with connection.cursor(row_factory=class_row(Recopy)) as cursor:
        return cursor.execute(_OPEN + " LIMIT 1").fetchone()


def waiting(connection: Connection) -> list[Recopy]:
    """Give all copies that are not finished, in their order."""
    with connection.cursor(row_factory=class_row(Recopy)) as cursor:
        return cursor.execute(_OPEN).fetchall()


def by_number(connection: Connection, numbers: Iterable[int]) -> list[Recopy]:
    """Read how far copies are."""
    with connection.cursor(row_factory=class_row(Recopy)) as cursor:
        return cursor.execute(_BY_NUMBER, (list(numbers),)).fetchall()


def save(connection: Connection, new: Recopy) -> None:
    """Store how far a copy is."""
    connection.execute(_SAVE, asdict(new))


def drop(connection: Connection, sources: Iterable[str]) -> None:
    """Forget unfinished copies of tables that were copied in another way."""
    connection.execute(_DROP, (list(sources),))


_ASK = """
    INSERT INTO bridge.recopy (source, after, upto, keys, sweep, last_key, copied)
    VALUES (%(source)s, %(after)s, %(upto)s, %(keys)s, %(sweep)s, %(last_key)s, %(copied)s)
    RETURNING id
"""
_OPEN = """
    SELECT id, source, after, upto, keys, sweep, phase, last_key, copied, deleted, detail
    FROM bridge.recopy WHERE phase IN ('copying', 'sweeping') ORDER BY id
"""
_BY_NUMBER = """
    SELECT id, source, after, upto, keys, sweep, phase, last_key, copied, deleted, detail
    FROM bridge.recopy WHERE id = ANY(%s) ORDER BY id
"""
_SAVE = """
    UPDATE bridge.recopy SET phase = %(phase)s, last_key = %(last_key)s, copied = %(copied)s,
        deleted = %(deleted)s, detail = %(detail)s, updated_at = clock_timestamp()
    WHERE id = %(id)s
"""
_DROP = """
    DELETE FROM bridge.recopy WHERE source = ANY(%s) AND phase IN ('copying', 'sweeping')
"""
