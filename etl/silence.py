"""A PostgreSQL connection that notices when its peer has fallen silent.

There is no limit to what a statement may take: whether the server still works at it is asked over a
second connection. It is neither idle then nor waiting for us, who wait for it.
"""

import time
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

from etl import patience

Result = TypeVar("Result")


class ListeningConnection(psycopg.Connection[tuple[object, ...]]):
    """Ends its waits with an OperationalError when the server is not at work any more.

    Without a `url` to ask at it does not wait for long.
    """

    url: str = ""

    def wait(self, gen: PQGen[Result], *arguments: Any, **options: Any) -> Result:
        """Run the steps of the driver, with a look at the server whenever it was silent long."""
        return super().wait(self._attended(gen), *arguments, **options)

    def _attended(self, steps: PQGen[Result]) -> PQGen[Result]:
        try:
            wanted = next(steps)
            heard = time.monotonic()
            while True:
                ready = yield wanted
                is_long = time.monotonic() - heard > patience.ANSWER_SECONDS
                if is_long and not ready:
                    self._require_at_work()
                if is_long or ready:
                    heard = time.monotonic()
                wanted = steps.send(ready)
        except StopIteration as end:
            result: Result = end.value
            return result

    def _require_at_work(self) -> None:
        try:
            is_at_work = bool(self.url) and self._is_at_work()
        except psycopg.Error:
            # Before anybody tries to roll back over a connection that takes no answer.
            self.close()
            raise
        if not is_at_work:
            self.close()
            raise psycopg.OperationalError(
                f"no answer for {patience.ANSWER_SECONDS:g} s, and the server waits for none"
            )

    def _is_at_work(self) -> bool:
        seconds = patience.CONNECT_SECONDS
        with ListeningConnection.connect(self.url, connect_timeout=seconds) as other:
            row = other.execute(_AT_WORK, (self.info.backend_pid,)).fetchone()
        return row == (True,)


_AT_WORK = """
    SELECT state = 'active' AND wait_event_type IS DISTINCT FROM 'Client'
    FROM pg_stat_activity WHERE pid = %s
"""
