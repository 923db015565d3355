"""Settings of the bridge period under test: keys of its own, servers from the environment."""

import os
import tempfile
from pathlib import Path

from modern.lms.settings.test import *

# isort: split
from compat.settings.base import *

BRIDGE_KEY = "only the tests know and use this bridge key"
SNAPSHOT_PATH = Path(tempfile.gettempdir()) / f"snapshot-{os.getpid()}.json"
EDX_API_KEY = "only the tests know and use this API key"
PUBLIC_URL = "http://lms.example.org"
