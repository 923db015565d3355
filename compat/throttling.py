"""The enrollment API's limit: 40 requests in any minute, per user id or else per client address.

Counted in Django's default cache, which the workers share. Holders of the API key are not limited,
and neither is anybody while the cache is away: a learner who cannot enrol is the greater harm.
"""

import logging

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from compat.api_key import has_api_key

__all__ = ["EnrollmentThrottle"]

log = logging.getLogger(__name__)


class EnrollmentThrottle(UserRateThrottle):
    """One counter for all views of the family, so that moving between them gains nothing."""

    rate = "40/minute"
    scope = "enrollment_v1"

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count the request; False once the minute is used up, and the view answers 429."""
        if has_api_key(request):
            return True
        try:
            return super().allow_request(request, view)
        except RedisError:
            log.warning("the cache is away: requests are not counted")
            return True
