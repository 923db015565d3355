"""Going on with a server that legacy failed over to: positions mean nothing there, GTIDs do."""

from dataclasses import replace

from etl import checkpoints
from etl.errors import PreflightFailed
from etl.mysql import Source
from etl.postgres import Target


def move(source: Source, target: Target) -> None:
    """Let the follower go on by GTID on the server that it is connected to now.

    Does nothing on the server that the stored place belongs to. Raises PreflightFailed without
    GTIDs, and PositionPurged if this server never had a transaction that modern contains.
    """
    place, server = checkpoints.place(target.connection), source.server()
    if place is None or place.server == server:
        return
    if not place.gtid:
        raise PreflightFailed(
            "the stored place has no GTIDs, so it means nothing on another server: point "
            "LEGACY_DATABASE_URL at the old one, or run `etl backfill --resnapshot`"
        )
    source.require_transactions(place.gtid)
    with target.transaction():
        checkpoints.save_place(
            target.connection, replace(place, server=server, file="", offset=0, begun=0)
        )
        checkpoints.forget_positions(target.connection)
