"""Fixtures of every room. The servers come from the plugin `tests.servers`."""

import signal
from pathlib import Path

from hypothesis import HealthCheck, settings

# The same examples in each run, so that a change is to blame for what fails, and for as long as
# they take; `--hypothesis-profile default` looks for others.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")

# A shell lets what it starts in the background ignore Ctrl-C, and so would all that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Fixtures of the bridge; where modern stands alone, they are absent with it.
_BRIDGE = ("tests.legacy_lms.database.fixtures",)
pytest_plugins = [name for name in _BRIDGE if Path(*name.split(".")).with_suffix(".py").exists()]
