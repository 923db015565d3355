"""What both services take from the environment where they really serve, and protect."""

import os

from modern.shared.databases import caches, pooled_database
from modern.shared.environment import ServiceEnvironment, read
from modern.shared.logs import json_logging

ENVIRONMENT = read(ServiceEnvironment, os.environ)

SECRET_KEY = ENVIRONMENT.secret_key
ALLOWED_HOSTS = [*ENVIRONMENT.allowed_hosts]
CSRF_TRUSTED_ORIGINS = [*ENVIRONMENT.csrf_trusted_origins]
DATABASES = {
    "default": pooled_database(ENVIRONMENT.database_url, size=ENVIRONMENT.database_pool_size)
}
REDIS_URL = ENVIRONMENT.redis_url
CACHES = caches(REDIS_URL)
STATIC_ROOT = ENVIRONMENT.static_root
LOGGING = json_logging(level=ENVIRONMENT.log_level)

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = ENVIRONMENT.hsts_seconds
