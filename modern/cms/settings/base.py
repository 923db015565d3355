"""Settings of Studio that do not depend on where it runs."""

from modern.shared.settings.base import *
from modern.shared.settings.base import SWAGGER_UI

ROOT_URLCONF = "modern.cms.urls"
WSGI_APPLICATION = "modern.cms.wsgi.application"
SESSION_COOKIE_NAME = "studio_sessionid"

SPECTACULAR_SETTINGS = {
    **SWAGGER_UI,
    "TITLE": "Modern Studio",
    "DESCRIPTION": "What course authors can ask of Studio.",
    "VERSION": "2",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v2",
}
