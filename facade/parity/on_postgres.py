"""The parts of `facade compare` and `facade parity` that speak to PostgreSQL.

Imported only when they run: the same command line starts the workers that serve learners, which
have no use for a driver of 10 MB.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import psycopg

from facade.errors import Unreachable
from facade.parity import worker as compare_worker
from facade.parity.page import as_json, as_lines, read_parity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from facade.compare.settings import ParitySettings


def compare(settings: ParitySettings, *, once: bool, say: Callable[[str], None]) -> None:
    """Carry reports into PostgreSQL until SIGTERM, or with `once` until none is left."""
    compare_worker.run(settings, once=once, say=say)


def parity(
    settings: ParitySettings, *, capability: str | None, hours: int, in_json: bool
) -> Iterator[str]:
    """Yield the page of parity; raises Unreachable where there is none."""
    since = dt.datetime.now(tz=dt.UTC) - dt.timedelta(hours=hours)
    try:
        with compare_worker.connect(settings) as connection:
            found = read_parity(connection, since=since, capability=capability)
    except psycopg.OperationalError as error:
        raise Unreachable("DATABASE_URL: PostgreSQL does not answer; is it running?") from error
    except psycopg.errors.UndefinedTable as error:
        raise Unreachable("nothing was compared yet: run `facade compare`") from error
    if in_json:
        yield json.dumps(as_json(found), indent=2)
    else:
        yield from as_lines(found)
