"""Legacy's session cookie (safe sessions): `1|<session id>|<salt>|<signature>`, with or without
quotes around it.

Legacy signs the cookie anew whenever it re-issues it, so the session id is what stays. The
signature binds the session id to a user id that the cookie does not hold: it can be checked only by
who knows the user already.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

MAX_AGE_SECONDS: Final = 1_209_600
"""Legacy's SESSION_COOKIE_AGE, two weeks, by which it limits the signature."""

_SEMICOLON: Final = ord(";")
_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PARTS = re.compile(
    r"1\|([0-9a-z]{32})\|([0-9A-Za-z]{1,32})\|([\w\-]+:[0-9A-Za-z]{1,11}):([\w\-]{27})"
).fullmatch


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """The parts of a well-formed cookie; nothing here is proven yet."""

    session_id: str
    salt: str
    signed: str
    signature: str

    @classmethod
    def parse(cls, value: bytes) -> SessionCookie | None:
        """Take a cookie value apart; None when it is not a safe session, which legacy refuses as
        well.
        """
        match = _PARTS(value.decode("latin-1").strip('"'))
        return cls(match[1], match[2], match[3], match[4]) if match else None

    def belongs_to(self, user_id: int, *, secret_key: str, now: float) -> bool:
        """Verify what legacy verifies: that it signed this session id for this user, not too long
        ago.
        """
        expected = hmac.digest(_key(self.salt, secret_key), self.signed.encode(), "sha1")
        if not hmac.compare_digest(_base64url(expected), self.signature):
            return False
        payload, _, signed_at = self.signed.partition(":")
        if not now - MAX_AGE_SECONDS < _from_base62(signed_at):
            return False
        digest = hashlib.sha256(f"1|{self.session_id}|{user_id}|".encode()).hexdigest()
        return hmac.compare_digest(payload, _base64url(f'"{digest}"'.encode()))


def last_cookie(header: bytes, name: bytes) -> bytes:
    """Return the value of a cookie as it came, or nothing; of several the last, as Python 2's
    SimpleCookie does.
    """
    start = header.rfind(name + b"=")
    if start < 0:
        return b""
    if start and header[start - 2 : start] != b"; ":
        before = header[:start].rstrip(b" \t")
        if before and before[-1] != _SEMICOLON:
            return _searched(header, name)
    end = header.find(b";", start)
    value = header[start + len(name) + 1 : end if end >= 0 else len(header)]
    return value.rstrip(b" \t")


def _searched(header: bytes, name: bytes) -> bytes:
    """Look at every pair: the name also stands where it is none, such as in another's value."""
    value = b""
    for pair in header.split(b";"):
        found, equals, rest = pair.strip(b" \t").partition(b"=")
        if equals and found == name:
            value = rest
    return value


def _key(salt: str, secret_key: str) -> bytes:
    # Django 1.8's salted_hmac: not what Django 3.1 and later derive by default.
    return hashlib.sha1(f"{salt}signer{secret_key}".encode()).digest()  # noqa: S324 (legacy's own format)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _from_base62(text: str) -> int:
    number = 0
    for character in text:
        number = number * 62 + _BASE62.index(character)
    return number
