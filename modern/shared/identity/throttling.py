"""How often one address may try passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.throttling import SimpleRateThrottle

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

__all__ = ["SignInThrottle"]


class SignInThrottle(SimpleRateThrottle):
    """Count attempts per address; being signed in as somebody already gives no further ones."""

    scope = "session"

    def get_cache_key(self, request: Request, view: APIView) -> str:  # noqa: ARG002  # DRF's signature
        """Return the name of the counter."""
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}
