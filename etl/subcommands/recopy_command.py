"""What `etl backfill` does while a follower runs: hand the work to it, and say how far it is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from etl import checkpoints, exclusive, preflight
from etl.errors import SettingsInvalid
from etl.exclusive import Direction
from etl.following import recopies
from etl.following.recopies import FAILED, Recopy
from etl.mysql import Source
from etl.postgres import Connection, Target
from etl.stopping import Stop
from etl.tables import TableMap

Report = Callable[[str], None]
_POLL_SECONDS = 0.2
_REPORT_EVERY = 5


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Keys from `first` to `last`, both included; None is open."""

    first: int | None
    last: int | None

    @classmethod
    def parse(cls, spelled: str) -> "KeyRange":
        """Read `A:B`, of which either may be missing; raise ValueError."""
        first, colon, last = spelled.partition(":")
        if not colon:
            raise ValueError(spelled)
        return cls(int(first) if first else None, int(last) if last else None)


def hand_over(
    source: Source,
    target: Target,
    tables: Sequence[TableMap],
    *,
    resnapshot: bool,
    keys: KeyRange | None,
) -> list[int]:
    """Ask for copies of tables: all of them anew, or of those that were not copied to their end.

    Gives the numbers of the copies, also of those that somebody asked for before.
    """
    preflight.require_source_tables(source, tables)
    preflight.require_target_tables(target.connection, tables)
    if keys is not None:
        _require_range(tables, resnapshot=resnapshot)
    with target.transaction():
        asked = {} if keys else _asked(target.connection, tables)
        others = [table for table in tables if table.source not in asked]
        wanted = list(_wanted(target.connection, others, resnapshot=resnapshot, keys=keys))
        return [*asked.values(), *(recopies.ask(target.connection, one) for one in wanted)]


def watch(connection: Connection, numbers: Sequence[int], *, stop: Stop, report: Report) -> bool:
    """Say how far copies are until they are finished; False if they are not when this returns."""
    said: set[str] = set()
    turn = 0
    while True:
        found = recopies.by_number(connection, numbers)
        is_open = any(one.is_open for one in found)
        if turn % _REPORT_EVERY == 0 or not is_open:
            for line in _lines(found):
                if line not in said:
                    said.add(line)
                    report(line)
        if not is_open:
            return all(one.phase != FAILED for one in found)
        if stop.pause(_POLL_SECONDS) or not exclusive.is_claimed(connection, Direction.FOLLOWING):
            report("not finished: the follower goes on with it for as long as it runs")
            return False
        turn += 1


def _require_range(tables: Sequence[TableMap], *, resnapshot: bool) -> None:
    """Raise SettingsInvalid unless a range of keys means something."""
    if len(tables) != 1 or not resnapshot:
        raise SettingsInvalid("--keys goes with --resnapshot and one table: name it by --tables")
    if not tables[0].key_is_number:
        raise SettingsInvalid(
            f"{tables[0].source} has a text key, which both databases order in their own way: "
            "leave --keys out"
        )


def _asked(connection: Connection, tables: Sequence[TableMap]) -> dict[str, int]:
    """Give the numbers of unfinished copies of whole tables, by table."""
    names = {table.source for table in tables}
    waiting = recopies.waiting(connection)
    return {one.source: one.id for one in waiting if one.is_whole and one.source in names}


def _wanted(
    connection: Connection,
    tables: Sequence[TableMap],
    *,
    resnapshot: bool,
    keys: KeyRange | None,
) -> Iterator[Recopy]:
    known = checkpoints.checkpoints(connection)
    for table in tables:
        name, found = table.source, known.get(table.source)
        if keys is not None:
            if found is None or not found.done or found.state != checkpoints.OK:
                raise SettingsInvalid(f"{name} is not copied to its end now: leave --keys out")
            yield Recopy(name, *_bounds(keys), sweep=True)
        elif resnapshot or found is None or not found.done:
            yield Recopy(name, sweep=resnapshot or (found is not None and found.sweep))


def _bounds(keys: KeyRange) -> tuple[bytes | None, bytes | None]:
    after = None if keys.first is None else b"%d" % (keys.first - 1)
    return after, None if keys.last is None else b"%d" % keys.last


def _lines(found: Sequence[Recopy]) -> Iterator[str]:
    for one in found:
        if one.copied or one.deleted or not one.is_open:
            yield f"{one}: {one.detail}" if one.detail else str(one)
