"""Settings of the bridge period wherever it really serves."""

import os

from compat.settings.environment import BridgeEnvironment
from modern.lms.settings.production import *
from modern.shared.environment import read

# isort: split
from compat.settings.base import *

BRIDGE = read(BridgeEnvironment, os.environ)

BRIDGE_KEY = BRIDGE.bridge_key
SNAPSHOT_PATH = BRIDGE.snapshot_path
EDX_API_KEY = BRIDGE.edx_api_key
PROFILE_IMAGE_SECRET_KEY = BRIDGE.profile_image_secret_key
REST_FRAMEWORK = {**REST_FRAMEWORK, "NUM_PROXIES": ADDRESSES_UP_TO_THE_CLIENT}
