"""Whether a person wants all backfills to rest; every worker asks before each chunk."""

from datetime import datetime
from typing import cast

from etl.postgres import Connection


def pause(connection: Connection) -> None:
    """Let all workers rest after the chunk they are at; a pause that there is stays as it is."""
    connection.execute("INSERT INTO bridge.pause (name) VALUES ('backfill') ON CONFLICT DO NOTHING")


def resume(connection: Connection) -> None:
    """Let them go on."""
    connection.execute("DELETE FROM bridge.pause")


def paused_since(connection: Connection) -> datetime | None:
    """Say since when backfills rest; None while they may work."""
    row = connection.execute("SELECT at FROM bridge.pause").fetchone()
    return cast("datetime", row[0]) if row is not None else None
