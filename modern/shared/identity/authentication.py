"""Who asks, for DRF: whom the middleware found, with a CSRF check where a session says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from drf_spectacular.authentication import SessionScheme
from rest_framework.authentication import SessionAuthentication

from modern.shared.identity.api import identity_of
from modern.shared.identity.data import Identity, Via

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request

    from modern.shared.identity.models import User

__all__ = ["IdentityAuthentication", "django_request"]


class IdentityAuthentication(SessionAuthentication):
    """`request.user` is the person, `request.auth` their Identity; inactive people count,
    permissions decide.
    """

    def authenticate(self, request: Request) -> tuple[User, Identity] | None:
        """Return the person and how they came, None for nobody; raises PermissionDenied without
        CSRF token.
        """
        plain = django_request(request)
        identity = identity_of(plain)
        if identity is None:
            return None
        if identity.via is Via.SESSION:
            self.enforce_csrf(request)
        return cast("User", plain.user), identity

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  # DRF's signature
        """Return the challenge of a 401; with None DRF would answer 403 to people who are not
        signed in.
        """
        return 'Session realm="api"'


def django_request(request: Request) -> HttpRequest:
    """Return Django's own request inside of DRF's; sessions and cookies live there."""
    return request._request  # noqa: SLF001  # DRF documents the attribute and names it so


class CookieScheme(SessionScheme):  # type: ignore[no-untyped-call]  # its registration is untyped
    """How the OpenAPI document describes the cookie of a session of this service."""

    target_class = "modern.shared.identity.authentication.IdentityAuthentication"
    name = "session"
