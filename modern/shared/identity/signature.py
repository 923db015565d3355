"""The signed identity that the facade sends, checked without knowing HTTP or Django.

`v1.<payload>.<mac>`: payload is unpadded base64url of compact JSON {"un", "via", "exp"}; mac is
HMAC-SHA256 over version, method, target and payload. Made by the facade only; both sides are held
together by a contract test.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from dataclasses import dataclass

from modern.shared.identity.data import Via
from modern.shared.identity.errors import IdentityRefused

__all__ = ["Claim", "subkey", "verify"]

LIFETIME_SECONDS = 30
CLOCK_SKEW_SECONDS = 5
MAX_LENGTH = 1024
SHAPE = re.compile(r"v1\.(?P<payload>[A-Za-z0-9_-]+)\.(?P<mac>[A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Claim:
    """What the facade vouches for: this user, known by this credential."""

    username: str
    via: Via


def subkey(bridge_key: str) -> bytes:
    """Derive the key of identities from BRIDGE_KEY, so that no other use of it can make one."""
    return hmac.digest(bridge_key.encode(), b"identity", "sha256")


def verify(header: str, *, key: bytes, method: str, target: bytes, now: float) -> Claim:
    """Return the claim of `header` for this request; raises IdentityRefused with the reason for the
    log.

    `target` is the percent-decoded path, `?`, and the query as it was sent, which may be empty.
    """
    if len(header) > MAX_LENGTH or not (shape := SHAPE.fullmatch(header)):
        raise IdentityRefused("malformed")
    payload = shape["payload"].encode()
    expected = _mac(key, b"\n".join([b"v1", method.encode(), target, payload]))
    if not hmac.compare_digest(expected, shape["mac"].encode()):
        raise IdentityRefused("forged")
    return _claim(_parse(payload), now)


def _mac(key: bytes, message: bytes) -> bytes:
    return base64.urlsafe_b64encode(hmac.digest(key, message, "sha256")).rstrip(b"=")


def _parse(payload: bytes) -> object:
    padding = b"=" * (-len(payload) % 4)
    try:
        return json.loads(base64.urlsafe_b64decode(payload + padding))
    except ValueError as error:
        raise IdentityRefused("malformed") from error


def _claim(fields: object, now: float) -> Claim:
    match fields:
        case {
            "un": str(username),
            "via": "session" | "bearer" | "jwt" as via,
            "exp": int(expires),
            **rest,
        }:
            if rest or not username:
                raise IdentityRefused("malformed")
        case _:
            raise IdentityRefused("malformed")
    if not now < expires <= now + LIFETIME_SECONDS + CLOCK_SKEW_SECONDS:
        raise IdentityRefused("expired")
    return Claim(username=username, via=Via(via))
