"""Settings of the LMS that do not depend on where it runs."""

from modern.shared.settings.base import *
from modern.shared.settings.base import INSTALLED_APPS as SHARED_APPS
from modern.shared.settings.base import SWAGGER_UI

ROOT_URLCONF = "modern.lms.urls"
WSGI_APPLICATION = "modern.lms.wsgi.application"
INSTALLED_APPS = [
    *SHARED_APPS,
    "modern.lms.catalog",
    "modern.lms.certificates",
    "modern.lms.cohorts",
    "modern.lms.enrollment",
    "modern.lms.invitations",
    "modern.lms.learner_state",
]

CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

SPECTACULAR_SETTINGS = {
    **SWAGGER_UI,
    "TITLE": "Modern LMS",
    "DESCRIPTION": "What learners and course staff can ask of the LMS.",
    "VERSION": "2",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v2",
}
