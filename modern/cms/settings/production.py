"""Settings of Studio wherever it really serves: nothing but the environment decides."""

from modern.cms.settings.base import *
from modern.shared.settings.production import *
