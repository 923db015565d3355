"""The cookies of legacy: the safe-session value, Django's signature, Python 2's quoting.

Pure: time, salts and keys are arguments. What a session contains is not known here.
"""

import base64
import hashlib
import hmac
import json
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.legacy_lms.service.moments import EPOCH

SESSION_COOKIE = "sessionid"
SESSION_AGE_SECONDS = 1_209_600
VERSION = "1"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
# Characters that legacy's Python 2 leaves unquoted in a cookie value.
LEGAL = set(string.ascii_letters + string.digits + "!#$%&'*+-.^_`~")
ESCAPE = re.compile(r"\\([0-3][0-7]{2}|.)")


@dataclass(frozen=True, slots=True)
class SafeCookie:
    """A well-formed safe-session value: the session it names and the signature that binds it."""

    session_key: str
    salt: str
    signature: str

    @property
    def text(self) -> str:
        """The value as it stands in the cookie, unquoted."""
        return f"{VERSION}|{self.session_key}|{self.salt}|{self.signature}"

    @classmethod
    def parse(cls, value: str) -> "SafeCookie | None":
        """Read a cookie value; None for another version or another form."""
        parts = value.split("|")
        if len(parts) != 4 or parts[0] != VERSION or not all(parts):
            return None
        return cls(*parts[1:])

    def verify(self, user_id: int | None, secret_key: str, now: int) -> bool:
        """Whether the signature is genuine, no older than a session, and made for this user."""
        payload, _, signed_at, genuine = _unsign(self.signature, self.salt, secret_key)
        if not genuine or now - signed_at > SESSION_AGE_SECONDS:
            return False
        return hmac.compare_digest(payload, digest(self.session_key, user_id))


def sign_session(
    session_key: str, user_id: int | None, *, salt: str, secret_key: str, now: int
) -> SafeCookie:
    """Bind a session to its user: the digest of both, signed with a fresh 12-character salt."""
    value = _base64(json.dumps(digest(session_key, user_id)).encode())
    stamped = f"{value}:{base62(now)}"
    signature = f"{stamped}:{_mac(stamped, salt, secret_key)}"
    return SafeCookie(session_key, salt, signature)


def digest(session_key: str, user_id: int | None) -> str:
    """SHA-256 of version, session and user; an anonymous session hashes the text `None`."""
    return hashlib.sha256(f"{VERSION}|{session_key}|{user_id}|".encode()).hexdigest()


def salted_hmac(salt: str, value: str, secret_key: str) -> "hmac.HMAC":
    """Django 1.8's keyed hash: HMAC-SHA1 under SHA1(salt + key)."""
    key = hashlib.sha1((salt + secret_key).encode(), usedforsecurity=False).digest()
    return hmac.new(key, value.encode(), hashlib.sha1)


def base62(number: int) -> str:
    """A positive number in Django's base 62."""
    text = ""
    while number:
        number, rest = divmod(number, 62)
        text = BASE62[rest] + text
    return text or "0"


def quote(value: str) -> str:
    """Quote a cookie value as Python 2 does: `"` as `\\"`, comma and semicolon in octal."""
    if set(value) <= LEGAL:
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace(",", "\\054").replace(";", "\\073") + '"'


def unquote(value: str) -> str:
    """Undo the quoting of a cookie value; an unquoted one is taken as it is."""
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    return ESCAPE.sub(_unescape, value[1:-1])


def parse_cookies(header: str) -> dict[str, str]:
    """Read a Cookie header; of a repeated name the last wins."""
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    return {name: unquote(value) for name, equals, value in pairs if equals}


def set_cookie(
    name: str,
    value: str,
    *,
    now: datetime,
    max_age: int | None = None,
    httponly: bool = False,
    secure: bool = False,
) -> str:
    """Render a Set-Cookie value with the attributes in Python 2's order; no age, no expiry."""
    parts = [f"{name}={quote(value)}"]
    if max_age is not None:
        moment = now + timedelta(seconds=max_age) if max_age else EPOCH
        parts.append(moment.strftime("expires=%a, %d-%b-%Y %H:%M:%S GMT"))
    if httponly:
        parts.append("httponly")
    if max_age is not None:
        parts.append(f"Max-Age={max_age}")
    parts.append("Path=/")
    if secure:
        parts.append("secure")
    return "; ".join(parts)


def user_info(username: str, email: str, urls: Mapping[str, str]) -> str:
    """The text of `edx-user-info`: who is logged in, for display only, unsigned."""
    info = {"username": username, "version": 1, "email": email, "header_urls": dict(urls)}
    return json.dumps(info)


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1)
    return chr(int(code, 8)) if len(code) == 3 else code


def _unsign(signature: str, salt: str, secret_key: str) -> tuple[str, str, int, bool]:
    stamped, _, mac = signature.rpartition(":")
    value, _, stamp = stamped.rpartition(":")
    genuine = hmac.compare_digest(mac.encode(), _mac(stamped, salt, secret_key).encode())
    if not genuine:
        return "", "", 0, False
    return json.loads(_unbase64(value)), stamp, _from_base62(stamp), True


def _mac(text: str, salt: str, secret_key: str) -> str:
    return _base64(salted_hmac(salt + "signer", text, secret_key).digest())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _from_base62(text: str) -> int:
    number = 0
    for each in text:
        number = number * 62 + BASE62.index(each)
    return number
