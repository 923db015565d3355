"""How often one address may try passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.throttling import BaseThrottle

from modern.shared.identity.errors import SessionsUnavailable

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

__all__ = ["SignInThrottle"]

PLACES = 10
SECONDS = 60


class SignInThrottle(BaseThrottle):
    """Ten attempts a minute per address; being signed in already gives no further ones.

    Each attempt takes a place for a minute, in one step: DRF's own throttles read a list of
    attempts and write it back, so that of many at once all would pass.
    """

    def allow_request(self, request: Request, view: APIView) -> bool:  # noqa: ARG002  # DRF's signature
        """Take a place; False if all are taken.

        Raises SessionsUnavailable while the cache is away: passwords must not be tried uncounted,
        and no session could be made without it.
        """
        address = self.get_ident(request)
        places = (f"sign-in:{address}:{number}" for number in range(PLACES))
        try:
            return any(cache.add(place, 1, SECONDS) for place in places)
        except RedisError as error:
            raise SessionsUnavailable from error

    def wait(self) -> float:
        """Return after how many seconds a place is free for certain."""
        return float(SECONDS)
