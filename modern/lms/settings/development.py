"""Settings of the LMS on a developer's machine."""

from modern.lms.settings.base import *
from modern.shared.settings.development import *
