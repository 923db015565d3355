"""Legacy's authentication classes as clients see them, on top of the identity the facade sends.

The facade has already asked legacy who the caller is; what is left is which credentials a family
takes, in which order they are looked at, how a refusal reads, and CSRF for sessions. Credentials
themselves are not read here, except to tell a client what is wrong with its bearer header.
"""

from typing import TYPE_CHECKING, ClassVar, cast

from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
    get_authorization_header,
)
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from compat.errors import TokenRefused
from modern.shared.identity.data import Identity, Via

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

__all__ = ["TOKEN_OR_SESSION", "TOKEN_SESSION_OR_JWT", "Bearer", "Jwt", "Session"]

Authenticated = tuple["AbstractBaseUser", Identity]

NOT_PROVIDED = TokenRefused("token_not_provided", "Invalid bearer header. No credentials provided.")
MALFORMED = TokenRefused(
    "token_malformed", "Invalid bearer header. Token string should not contain spaces."
)
NONEXISTENT = TokenRefused(
    "token_nonexistent", "The provided access token does not match any valid tokens."
)

# What Django says of the CSRF token today, and the one text legacy has for all of it.
MODERN_REASONS = ("CSRF Failed: CSRF token", "CSRF Failed: CSRF cookie has")
LEGACY_REASON = "CSRF Failed: CSRF token missing or incorrect."


class _Vouched(BaseAuthentication):
    """Take the identity of the request if it came by this family of credential; inactive counts."""

    via: ClassVar[Via]

    def authenticate(self, request: Request) -> Authenticated | None:
        """Return the user and the identity, or None to let the next class look."""
        identity: Identity | None = getattr(request, "identity", None)
        if identity is None or identity.via is not self.via:
            return None
        plain = request._request  # noqa: SLF001  # DRF's own `user` is what is being found out
        return cast("AbstractBaseUser", plain.user), identity


class Bearer(_Vouched):
    """`Authorization: Bearer`; standing first, it makes an anonymous call 401 and not 403."""

    via = Via.BEARER

    def authenticate(self, request: Request) -> Authenticated | None:
        """Return the token's user; raises TokenRefused for a header without one.

        A header of one word or of more than two is refused whatever its scheme, as legacy does.
        """
        words = get_authorization_header(request).split()
        if len(words) == 1:
            raise NOT_PROVIDED
        if len(words) > 2:
            raise MALFORMED
        found = super().authenticate(request)
        if found is None and words and words[0].lower() == b"bearer":
            raise NONEXISTENT
        return found

    def authenticate_header(self, _request: Request) -> str:
        """Give the challenge that goes with a 401."""
        return 'Bearer realm="api"'


class Session(_Vouched):
    """The browser's session, with CSRF on unsafe methods, since browsers send it by themselves."""

    via = Via.SESSION

    def authenticate(self, request: Request) -> Authenticated | None:
        """Return the session's user; raises PermissionDenied when the CSRF check fails."""
        found = super().authenticate(request)
        if found is not None:
            check_csrf(request)
        return found


class Jwt(_Vouched):
    """`Authorization: JWT`, which few families take."""

    via = Via.JWT


def check_csrf(request: Request) -> None:
    """Raise PermissionDenied with legacy's text unless the request is safe or carries the token."""
    try:
        SessionAuthentication().enforce_csrf(request)
    except PermissionDenied as denied:
        if str(denied.detail).startswith(MODERN_REASONS):
            raise PermissionDenied(LEGACY_REASON) from denied
        raise


TOKEN_OR_SESSION = (Bearer, Session)
TOKEN_SESSION_OR_JWT = (Bearer, Session, Jwt)
