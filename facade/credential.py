"""What a request offers as proof of who asks: the session cookie, or `Authorization: Bearer` or
`JWT`.

Exactly one counts. A token wins, as it does in legacy's APIs, and is then asked about alone: were
both sent, an invalid token could ride on a valid cookie and escape the CSRF check that cookies are
under.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from facade.session_cookie import SessionCookie, last_cookie

if TYPE_CHECKING:
    from facade.section import Section

_TOKEN_SCHEMES: Final = {b"bearer": "bearer", b"jwt": "jwt"}
TOKENS: Final = frozenset(_TOKEN_SCHEMES.values())
"""What `Credential.via` says of a token."""


class Credential(NamedTuple):
    """A proof that is still to be checked: `via` as modern is told, `value` as it came, `service`
    whom to ask.

    A tuple of plain values, because it is the key of the look-up that every request of a logged-in
    user makes.
    """

    service: str
    via: str
    value: bytes

    def session(self) -> SessionCookie | None:
        """Return the parts of a session cookie; None for tokens and malformed cookies."""
        return SessionCookie.parse(self.value) if self.via == "session" else None


def credential_of(section: Section, service: str, cookie_name: bytes) -> Credential | None:
    """Return what a request offers, or None for an anonymous one."""
    if section.authorization:
        scheme, _, token = section.authorization.partition(b" ")
        via = _TOKEN_SCHEMES.get(scheme.lower())
        if via and token:
            return Credential(service, via, section.authorization)
    return _of_cookies(section.cookie, service, cookie_name) if section.cookie else None


@lru_cache(maxsize=4096)
def _of_cookies(cookies: bytes, service: str, name: bytes) -> Credential | None:
    # A browser says the same for minutes: remembering what was found takes a third of the search.
    value = last_cookie(cookies, name)
    return Credential(service, "session", value) if value else None
