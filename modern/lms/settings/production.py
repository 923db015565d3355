"""Settings of the LMS wherever it really serves: nothing but the environment decides."""

from modern.lms.settings.base import *
from modern.shared.settings.production import *

CELERY_BROKER_URL = REDIS_URL
