"""Settings of the LMS under test."""

from modern.lms.settings.base import *
from modern.shared.settings.test import *
