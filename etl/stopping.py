"""SIGTERM and SIGINT as a question that loops ask between two steps."""

import signal
import threading
from types import FrameType
from typing import Self


class Stop:
    """Whether a person or a supervisor asked this process to end.

    As a context manager it gives the signals back to whoever had them before.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._before: dict[signal.Signals, signal.Handlers | object] = {}

    @classmethod
    def on_signals(cls) -> Self:
        """Listen to SIGTERM and SIGINT from now on; only in a process's main thread."""
        stop = cls()
        for number in (signal.SIGTERM, signal.SIGINT):
            stop._before[number] = signal.signal(number, stop._on_signal)
        return stop

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal() itself gave

    def request(self) -> None:
        """Ask the loops to end after the step they are in."""
        self._event.set()

    def requested(self) -> bool:
        """Say whether to end."""
        return self._event.is_set()

    def pause(self, seconds: float) -> bool:
        """Wait, but not beyond a request to end; say whether there is one."""
        return self._event.wait(seconds)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.request()
