"""What both services use under test: servers from the environment, a database of this process's
own.

The defaults reach no server; they let tools that only load the settings do so.
"""

import os

from modern.shared.databases import caches, plain_database
from modern.shared.environment import ServiceEnvironment, read

ENVIRONMENT = read(
    ServiceEnvironment,
    {
        "DATABASE_URL": "postgresql://postgres@127.0.0.1:5432/modern_edx",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
        **os.environ,
        "SECRET_KEY": "only the tests know and use this key",
        "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1,.example.org",
    },
)

SECRET_KEY = ENVIRONMENT.secret_key
ALLOWED_HOSTS = [*ENVIRONMENT.allowed_hosts]
DATABASES = {
    "default": {
        **plain_database(ENVIRONMENT.database_url),
        "TEST": {"NAME": f"test_{ENVIRONMENT.database_url.name}_{os.getpid()}"},
    }
}
REDIS_URL = ENVIRONMENT.redis_url
CACHES = caches(REDIS_URL, prefix=f"test-{os.getpid()}")
