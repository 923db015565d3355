"""Settings of both services that do not depend on where they run."""

from typing import Any

DEBUG = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
STATIC_URL = "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "identity.User"
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # other systems may still serve plain HTTP on sister hosts
    "security.W008",  # the proxy in front redirects to HTTPS
    "security.W021",  # being in browsers' own lists is the operator's decision for the whole domain
]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "modern.shared.identity",
    "modern.shared.permissions",
]

MIDDLEWARE = [
    "modern.shared.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTHENTICATION_BACKENDS = ["modern.shared.identity.backend.AccountBackend"]

# New passwords get Django's current default; the others let people in whose hash is as old as
# legacy.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "modern.shared.identity.hashers.Sha1Hasher",
    "modern.shared.identity.hashers.UnsaltedSha1Hasher",
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "modern.shared.identity.hashers.UnsaltedMd5Hasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
OWN_SESSIONS = True

# Problem and peer-assessment answers are forms of up to 20 files of 4 MB and of thousands of
# fields.
DATA_UPLOAD_MAX_MEMORY_SIZE = 20_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
DATA_UPLOAD_MAX_NUMBER_FILES = 100

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "modern.shared.identity.authentication.IdentityAuthentication"
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["modern.shared.parsing.JsonBody"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "modern.shared.answers.answer_error",
    "NUM_PROXIES": 1,
}

# Where `modern.shared.documentation` serves the files of the page about the API.
SWAGGER_UI = {
    "SWAGGER_UI_DIST": "/api/v2/docs/assets",
    "SWAGGER_UI_FAVICON_HREF": "/api/v2/docs/assets/favicon-32x32.png",
}
