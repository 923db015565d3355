"""Ctrl-C, SIGTERM and a closed terminal end a command alike, once: the cleaning up is not cut."""

import signal
from types import FrameType
from typing import NoReturn

__all__ = ["end_once"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_once() -> None:
    """Raise KeyboardInterrupt on the first of these signals and ignore the following ones."""
    for number in _SIGNALS:
        signal.signal(number, _end)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
