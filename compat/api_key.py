"""The server-to-server key `X-Edx-Api-Key`, with which integrations act for any user.

It names no user. A wrong key is as if none were sent; no configured key means that none is right.
"""

from django.conf import settings
from django.utils.crypto import constant_time_compare
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

__all__ = ["ApiKeyOrAuthenticated", "has_api_key"]


def has_api_key(request: Request) -> bool:
    """Whether the request carries exactly the configured key."""
    key: str | None = settings.EDX_API_KEY
    if not key:
        return False
    return constant_time_compare(request.headers.get("X-Edx-Api-Key", ""), key)


class ApiKeyOrAuthenticated(BasePermission):
    """Let pass who holds the key and who is signed in, even with an account not yet activated."""

    def has_permission(self, request: Request, _view: APIView) -> bool:
        """Answer for this request; a refusal becomes 401 because nobody is signed in."""
        return has_api_key(request) or request.user.is_authenticated
