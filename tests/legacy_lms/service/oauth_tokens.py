"""Bearer tokens and JWTs: whom they stand for. Two OAuth providers live side by side in legacy."""

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from tests.legacy_lms.service.errors import RefusalError
from tests.legacy_lms.service.settings import Settings
from tests.legacy_lms.service.tables import Tables, User, user_where

AUDIENCE = "lms-key"
BEARER_CHALLENGE = (("WWW-Authenticate", 'Bearer realm="api"'),)


def bearer_user(tables: Tables, authorization: str, now: datetime) -> User | None:
    """The user of a bearer token; None for another scheme, RefusalError 401 for a bad token.

    Inactive users count. The newer provider (`oauth2_provider_*`) is asked before the older one.
    """
    words = authorization.split()
    if len(words) == 1:
        raise _refused("token_not_provided", "Invalid bearer header. No credentials provided.")
    if len(words) > 2:
        raise _refused(
            "token_malformed", "Invalid bearer header. Token string should not contain spaces."
        )
    if not words or words[0].lower() != "bearer":
        return None
    for table in ("oauth2_provider_accesstoken", "oauth2_accesstoken"):
        row = tables.row(f"SELECT user_id, expires FROM {table} WHERE token = %s", words[1])
        if row:
            return _holder(tables, row, now)
    raise _refused(
        "token_nonexistent", "The provided access token does not match any valid tokens."
    )


def jwt_user(tables: Tables, authorization: str, *, settings: Settings, now: int) -> User | None:
    """The user a JWT names, None for another scheme; RefusalError 401 if it does not verify."""
    words = authorization.split()
    if len(words) != 2 or words[0].lower() != "jwt":
        return None
    claims = _verified_claims(words[1], settings)
    in_time = isinstance(claims.get("exp"), int) and claims["exp"] > now and "iat" in claims
    ours = claims.get("iss") == issuer(settings) and claims.get("aud") == AUDIENCE
    user = user_where(tables, "username", claims.get("preferred_username", ""))
    if not (in_time and ours and user):
        raise RefusalError(401, "Invalid signature.", BEARER_CHALLENGE)
    return user


def make_jwt(user: User, scopes: list[str], *, settings: Settings, now: int, seconds: int) -> str:
    """An HS256 token with the claims of June 2016; the names are those of auth_user, so empty."""
    claims: dict[str, Any] = {
        "iss": issuer(settings),
        "aud": AUDIENCE,
        "exp": now + seconds,
        "iat": now,
        "preferred_username": user.username,
        "scopes": scopes,
    }
    if "email" in scopes:
        claims["email"] = user.email
    if "profile" in scopes:
        claims |= {"name": "", "family_name": "", "given_name": ""}
        claims["administrator"] = user.is_staff
    head = _encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = _encode(json.dumps(claims).encode())
    return f"{head}.{body}.{_signature(f'{head}.{body}', settings.secret_key)}"


def issuer(settings: Settings) -> str:
    """Who issues the tokens of this LMS."""
    return f"{settings.public_url}/oauth2"


def _holder(tables: Tables, row: dict[str, Any], now: datetime) -> User | None:
    if row["expires"] <= now:
        raise _refused(
            "token_expired", "The provided access token has expired and is no longer valid."
        )
    return user_where(tables, "id", row["user_id"])


def _refused(code: str, message: str) -> RefusalError:
    return RefusalError(401, {"error_code": code, "developer_message": message}, BEARER_CHALLENGE)


def _verified_claims(token: str, settings: Settings) -> dict[str, Any]:
    signed, _, signature = token.rpartition(".")
    expected = _signature(signed, settings.secret_key)
    if not hmac.compare_digest(signature.encode(), expected.encode()):
        raise RefusalError(401, "Error decoding signature.", BEARER_CHALLENGE)
    claims: dict[str, Any] = json.loads(_decode(signed.partition(".")[2]))
    return claims


def _signature(signed: str, secret_key: str) -> str:
    return _encode(hmac.new(secret_key.encode(), signed.encode(), hashlib.sha256).digest())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
