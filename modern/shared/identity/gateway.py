"""The person whom the facade vouches for becomes the user of the request.

A middleware for the time when a facade stands in front; without its header it changes nothing.
Inactive users pass: which API accepts them is the API's own rule, as it was on legacy.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, JsonResponse

from modern.shared.answers import status_of
from modern.shared.identity.data import Identity, Via
from modern.shared.identity.errors import AccountDisabled, IdentityError, IdentityRefused
from modern.shared.identity.queries import user_with_standing
from modern.shared.identity.signature import Claim, subkey, verify

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HEADER", "GatewayMiddleware"]

HEADER = "X-Bridge-Identity"
log = logging.getLogger("security.identity")


class GatewayMiddleware:
    """Set `request.user` and `request.identity` from the signed header; stands after
    AuthenticationMiddleware.

    Refused identities answer 401, unknown users 404; a disabled account answers 403 where it came
    by a session, for legacy stops disabled people there and lets their tokens pass.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.key = subkey(settings.BRIDGE_KEY)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Identify whoever the header names, or answer why that is refused."""
        header = request.headers.get(HEADER)
        if header is not None:
            try:
                self._identify(request, header)
            except IdentityError as error:
                return self._refuse(error)
        return self.get_response(request)

    def _identify(self, request: HttpRequest, header: str) -> None:
        claim = verify(
            header,
            key=self.key,
            method=request.method or "",
            target=target(request),
            now=time.time(),
        )
        admit(request, claim)

    def _refuse(self, error: IdentityError) -> HttpResponse:
        reason = error.reason if isinstance(error, IdentityRefused) else error.code
        log.warning("identity refused: %s", reason)
        return JsonResponse({"code": error.code, "detail": error.detail}, status=status_of(error))


def admit(request: HttpRequest, claim: Claim) -> None:
    """Make the claimed user the user of `request`; raises UnknownUser or AccountDisabled."""
    user, disabled = user_with_standing(claim.username)
    if disabled and claim.via is Via.SESSION:
        raise AccountDisabled
    request.user = user
    identity = Identity(user_id=user.pk, username=user.username, via=claim.via)
    vars(request)["identity"] = identity
    if claim.via is not Via.SESSION:
        # Django's own switch, for requests that no browser sends by itself.
        vars(request)["_dont_enforce_csrf_checks"] = True


def target(request: HttpRequest) -> bytes:
    """Return path and query of `request` as the bytes that the facade signed.

    The path of bytes that are no UTF-8 was changed by Django on its way here, so its signature does
    not match.
    """
    query_encoding = "latin-1" if isinstance(request, WSGIRequest) else "utf-8"
    query: str = request.META.get("QUERY_STRING", "")
    return request.path_info.encode() + b"?" + query.encode(query_encoding)
