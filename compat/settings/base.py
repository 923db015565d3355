"""What the bridge period changes in modern's settings, wherever it runs."""

from modern.lms.settings.base import INSTALLED_APPS as MODERN_APPS
from modern.lms.settings.base import MIDDLEWARE as MODERN_MIDDLEWARE
from modern.lms.settings.base import PASSWORD_HASHERS as MODERN_HASHERS

INSTALLED_APPS = [*MODERN_APPS, "waffle", "flags"]
ROOT_URLCONF = "compat.urls"
WSGI_APPLICATION = "compat.wsgi.application"
WAFFLE_FLAG_MODEL = "flags.Flag"

_after_authentication = (
    MODERN_MIDDLEWARE.index("django.contrib.auth.middleware.AuthenticationMiddleware") + 1
)
MIDDLEWARE = [
    *MODERN_MIDDLEWARE[:_after_authentication],
    "modern.shared.identity.gateway.GatewayMiddleware",
    *MODERN_MIDDLEWARE[_after_authentication:],
]

# A hash with other rounds would end the learner's sessions on legacy, which would then hash it
# back.
PASSWORD_HASHERS = [
    "modern.shared.identity.hashers.LegacyPbkdf2Hasher",
    *(name for name in MODERN_HASHERS if not name.endswith(".PBKDF2PasswordHasher")),
]

# Legacy is the authority for sessions: nobody logs in here but operators, to the admin, and its
# `sessionid`, which Django would delete as unknown, is left alone. Of the CSRF cookie both sides
# read and write the bare 32 characters.
OWN_SESSIONS = False
SESSION_COOKIE_NAME = "modern_sessionid"
CSRF_COOKIE_NAME = "csrftoken"
CSRF_HEADER_NAME = "HTTP_X_CSRFTOKEN"
CSRF_USE_SESSIONS = False

# The facade cuts X-Forwarded-For so that it begins with the client; throttles count from the end.
ADDRESSES_UP_TO_THE_CLIENT = 100
