"""Compares in a process of its own: parsing two answers of 256 KB in the worker's would keep all
its learners waiting.

The process starts with the first comparison, gives way to everything else (nice), and ends with its
worker, however that ends.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Final

from facade.compare.comparison import Comparison, Verdict
from facade.compare.redaction import Redactor
from facade.errors import BrokenAnswer

if TYPE_CHECKING:
    from facade.compare.difference import Subject
    from facade.compare.rules import Rules

NICENESS: Final = 10

_comparison: Comparison
"""Of the comparing process; the worker's own is never made."""


class Comparer:
    """The comparing process of one worker."""

    def __init__(self, rules: Rules, bridge_key: str) -> None:
        self._rules = rules
        self._bridge_key = bridge_key
        self._executor: ProcessPoolExecutor | None = None

    async def compare(self, legacy: bytes, modern: bytes, subject: Subject) -> Verdict | None:
        """Compare two answers as clients would get them; None where one of them is none, or where
        the process died.
        """
        executor = self._executor = self._executor or self._start()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(executor, _compare, legacy, modern, subject)
        except BrokenProcessPool:
            if self._executor is executor:
                self._executor = None
            return None

    def close(self) -> None:
        """Let the process end; nobody waits for what it was asked."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(self._rules, self._bridge_key),
        )


def _begin(rules: Rules, bridge_key: str) -> None:
    global _comparison  # noqa: PLW0603 (a pool gives its function no other place for what it starts with)
    _comparison = Comparison(rules, Redactor(bridge_key))
    # Ctrl-C goes to the whole group of processes; the worker drains first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    threading.Thread(target=_end_with_worker, daemon=True).start()


def _end_with_worker() -> None:
    """End when the worker was killed: the pool's pipe alone would be waited on for ever."""
    worker = multiprocessing.parent_process()
    if worker is not None:
        worker.join()
        os._exit(1)


def _compare(legacy: bytes, modern: bytes, subject: Subject) -> Verdict | None:
    today = dt.datetime.now(tz=dt.UTC).date()
    try:
        return _comparison.compare_raw(legacy, modern, subject, today=today)
    except BrokenAnswer:
        return None
