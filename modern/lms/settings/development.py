"""Settings of the LMS on a developer's machine."""

from modern.lms.settings.base import *
from modern.shared.settings.development import *

CELERY_BROKER_URL = REDIS_URL
