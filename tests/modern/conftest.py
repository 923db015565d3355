"""What modern's tests share; they import nothing of the bridge, for they run without it too."""

import uuid
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

GATEWAY = "modern.shared.identity.gateway.GatewayMiddleware"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"


@pytest.fixture
def modern_alone(settings: LazySettings) -> LazySettings:
    """The settings as they are without the bridge, whichever settings run the tests."""
    settings.ROOT_URLCONF = "modern.lms.urls"
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != GATEWAY]
    settings.SESSION_COOKIE_NAME = "sessionid"
    settings.OWN_SESSIONS = True
    return settings


@pytest.fixture
def behind_facade(settings: LazySettings) -> LazySettings:
    """The settings with the facade's identities believed, whichever settings run the tests."""
    settings.ROOT_URLCONF = "modern.lms.urls"
    settings.BRIDGE_KEY = "a bridge key that only these tests know"
    if GATEWAY not in settings.MIDDLEWARE:
        after = settings.MIDDLEWARE.index(AUTHENTICATION) + 1
        settings.MIDDLEWARE = [
            *settings.MIDDLEWARE[:after],
            GATEWAY,
            *settings.MIDDLEWARE[after:],
        ]
    return settings


@pytest.fixture
def browser() -> Client:
    """A client held to CSRF rules, from an address of its own so that throttles start anew."""
    headers: dict[str, Any] = {"X-Forwarded-For": str(uuid.uuid4())}
    return Client(enforce_csrf_checks=True, headers=headers)
