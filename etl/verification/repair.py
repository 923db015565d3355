"""Makes rows that differ what legacy has, by the follower that runs or, without one, at once."""

from collections.abc import Sequence

from etl import exclusive
from etl.exclusive import Direction
from etl.following import mending, recopies
from etl.following.recopies import Recopy
from etl.mysql import Source
from etl.postgres import Target, translated
from etl.rows import Key
from etl.stopping import Stop
from etl.tables import TableMap

_AT_ONCE = 1_000
_POLL_SECONDS = 0.1


def repair(
    source: Source, target: Target, table: TableMap, keys: Sequence[Key], *, stop: Stop
) -> None:
    """Read rows anew from legacy; those that modern wrote and legacy lacks are left alone."""
    if not keys:
        return
    with translated():
        follows = exclusive.is_claimed(target.connection, Direction.FOLLOWING)
    if follows:
        _by_the_follower(target, Recopy(table.source, keys=list(keys)), stop)
        return
    with exclusive.claimed(target.connection, stop):
        for start in range(0, len(keys), _AT_ONCE):
            mending.mend(source, target, table, keys[start : start + _AT_ONCE])


def _by_the_follower(target: Target, wanted: Recopy, stop: Stop) -> None:
    """Return once the follower has done it, or ended: the next one goes on with it."""
    with target.transaction():
        number = recopies.ask(target.connection, wanted)
    while not stop.pause(_POLL_SECONDS):
        with translated():
            (found,) = recopies.by_number(target.connection, [number])
            follows = exclusive.is_claimed(target.connection, Direction.FOLLOWING)
        if not found.is_open or not follows:
            return
