"""What both services take from the environment on a developer's machine: any Host, plain HTTP."""

import os

from modern.shared.databases import caches, pooled_database
from modern.shared.environment import ServiceEnvironment, read
from modern.shared.logs import json_logging
from modern.shared.settings import base

ENVIRONMENT = read(
    ServiceEnvironment,
    {"SECRET_KEY": "for development only, never in production", "ALLOWED_HOSTS": "*", **os.environ},
)

DEBUG = True
SECRET_KEY = ENVIRONMENT.secret_key
ALLOWED_HOSTS = [*ENVIRONMENT.allowed_hosts]
CSRF_TRUSTED_ORIGINS = [*ENVIRONMENT.csrf_trusted_origins]
DATABASES = {
    "default": pooled_database(ENVIRONMENT.database_url, size=ENVIRONMENT.database_pool_size)
}
REDIS_URL = ENVIRONMENT.redis_url
CACHES = caches(REDIS_URL)
REST_FRAMEWORK = {
    **base.REST_FRAMEWORK,
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
}
LOGGING = json_logging(level=ENVIRONMENT.log_level)
