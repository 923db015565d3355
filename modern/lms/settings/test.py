"""Settings of the LMS under test."""

from modern.lms.settings.base import *
from modern.shared.settings.test import *

CELERY_BROKER_URL = REDIS_URL
