"""Settings of Studio under test."""

from modern.cms.settings.base import *
from modern.shared.settings.test import *
