"""Waiting for what another process or connection does."""

import time
from collections.abc import Callable


def wait_until(holds: Callable[[], bool], *, seconds: float = 60) -> None:
    """Look again and again whether the condition holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
