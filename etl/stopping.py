"""SIGTERM and SIGINT as a question that loops ask between two steps."""

import signal
import threading
from types import FrameType
from typing import Self


class Stop:
    """Whether a person or a supervisor asked this process to end."""

    def __init__(self) -> None:
        self._event = threading.Event()

    @classmethod
    def on_signals(cls) -> Self:
        """Listen to SIGTERM and SIGINT from now on."""
        stop = cls()

        def request(_number: int, _frame: FrameType | None) -> None:
            stop.request()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, request)
        return stop

    def request(self) -> None:
        """Ask the loops to end after the step they are in."""
        self._event.set()

    def requested(self) -> bool:
        """Say whether to end."""
        return self._event.is_set()

    def pause(self, seconds: float) -> bool:
        """Wait, but not beyond a request to end; say whether there is one."""
        return self._event.wait(seconds)
