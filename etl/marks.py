"""The two one-row tables that the bridge keeps in the legacy database.

`bridge_origin` holds the last outbox entry that legacy contains; write-back updates it in the
transaction of its writes, so the log itself says which modern writes it contains.
`bridge_watermark` is written to be sure that all before a place in the log is visible to the reads
that follow.
"""

from etl.rows import Change
from etl.tables import Column, TableMap
from etl.values.convert import INTEGER

MARK = TableMap(
    source="bridge_origin",
    target="",
    key="id",
    columns=(Column("id", kind=INTEGER), Column("last_seq", kind=INTEGER)),
)

CREATE = (
    """CREATE TABLE IF NOT EXISTS bridge_origin (
        id TINYINT NOT NULL PRIMARY KEY, last_seq BIGINT NOT NULL) ENGINE=InnoDB""",
    """CREATE TABLE IF NOT EXISTS bridge_watermark (
        id TINYINT NOT NULL PRIMARY KEY, mark BIGINT NOT NULL) ENGINE=InnoDB""",
    "INSERT IGNORE INTO bridge_origin (id, last_seq) VALUES (1, 0)",
    "INSERT IGNORE INTO bridge_watermark (id, mark) VALUES (1, 0)",
)

READ = "SELECT last_seq FROM bridge_origin WHERE id = 1"
# Write-back holds this lock until its commit, so reading under it is exact.
READ_LOCKED = READ + " FOR UPDATE"
ACKNOWLEDGE = "UPDATE bridge_origin SET last_seq = %s WHERE id = 1"
RAISE_WATERMARK = "UPDATE bridge_watermark SET mark = mark + 1 WHERE id = 1"


def acked(change: Change) -> int | None:
    """Read the outbox entry out of a change of the marker row; None when the row was deleted."""
    value = change.row[1] if change.row is not None else None
    return int(value) if value is not None else None
