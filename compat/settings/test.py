"""Settings of the bridge period under test; defaults where the environment is silent."""

import os
import tempfile
from pathlib import Path

from compat.settings.environment import BridgeEnvironment
from modern.lms.settings.test import *
from modern.shared.environment import read

# isort: split
from compat.settings.base import *

BRIDGE = read(
    BridgeEnvironment,
    {
        "BRIDGE_KEY": "only the tests know and use this bridge key",
        "SNAPSHOT_PATH": str(Path(tempfile.gettempdir()) / f"snapshot-{os.getpid()}.json"),
        "EDX_API_KEY": "only the tests know and use this API key",
        **os.environ,
    },
)

BRIDGE_KEY = BRIDGE.bridge_key
SNAPSHOT_PATH = BRIDGE.snapshot_path
EDX_API_KEY = BRIDGE.edx_api_key
PROFILE_IMAGE_SECRET_KEY = BRIDGE.profile_image_secret_key
REST_FRAMEWORK = {**REST_FRAMEWORK, "NUM_PROXIES": ADDRESSES_UP_TO_THE_CLIENT}
