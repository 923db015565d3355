"""Settings of Studio on a developer's machine."""

from modern.cms.settings.base import *
from modern.shared.settings.development import *
