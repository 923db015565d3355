"""The token endpoint: password grants of the older and the newer OAuth provider.

The client id decides which provider answers. Authorization codes, refreshing, scopes and id
tokens are not served.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tests.legacy_lms.service import passwords
from tests.legacy_lms.service.api import Place
from tests.legacy_lms.service.call import Call
from tests.legacy_lms.service.messages import Answer, plain_json
from tests.legacy_lms.service.moments import unix
from tests.legacy_lms.service.oauth_tokens import make_jwt
from tests.legacy_lms.service.tables import Row, Tables, User, user_where

HEX = "0123456789abcdef"
PUBLIC_DAYS, CONFIDENTIAL_DAYS = 30, 365
DOT_SECONDS = 36_000
DOT_SCOPE = "read write profile email"
NO_STORE = (("Pragma", "no-cache"), ("Cache-Control", "no-store"))

Form = Mapping[str, str]


def access_token(call: Call, _place: Place) -> Answer:
    """POST /oauth2/access_token, with or without a slash at the end."""
    if call.request.method != "POST":
        return _error("invalid_request", description="Only POST requests allowed.")
    form = call.request.form
    application = call.tables.row(
        "SELECT * FROM oauth2_provider_application WHERE client_id = %s", form.get("client_id", "")
    )
    if application:
        return _newer(call, form, application)
    return _older(call, form)


def _older(call: Call, form: Form) -> Answer:
    if "grant_type" not in form:
        return _error("invalid_request", description="No 'grant_type' included in the request.")
    if form["grant_type"] != "password":
        return _error("unsupported_grant_type")
    client = call.tables.row(
        "SELECT * FROM oauth2_client WHERE client_id = %s", form.get("client_id", "")
    )
    user = _user(call.tables, form)
    # A wrong password, a wrong secret and any scope all look like an unknown client.
    if not client or not user or form.get("scope") or not _knows_secret(client, form):
        return _error("invalid_client")
    return _granted_by_older(call, user, client)


def _granted_by_older(call: Call, user: User, client: Row) -> Answer:
    confidential = client["client_type"] == 0
    days = CONFIDENTIAL_DAYS if confidential else PUBLIC_DAYS
    token = passwords.random_text(40, HEX)
    token_id = call.tables.run(
        "INSERT INTO oauth2_accesstoken (token, expires, scope, client_id, user_id)"
        " VALUES (%s, %s, 0, %s, %s)",
        token,
        call.now + timedelta(days=days),
        client["id"],
        user.id,
    )
    # Some of the time is gone when the answer is made, so the last second is never whole.
    body = {"access_token": token, "token_type": "Bearer", "expires_in": days * 86_400 - 1}
    if confidential:
        body["refresh_token"] = _refresh_token(call.tables, token_id, client=client, user=user)
    return _no_store(plain_json(body | {"scope": ""}))


def _refresh_token(tables: Tables, token_id: int, *, client: Row, user: User) -> str:
    token = passwords.random_text(40, HEX)
    tables.run(
        "INSERT INTO oauth2_refreshtoken (token, expired, access_token_id, client_id, user_id)"
        " VALUES (%s, 0, %s, %s, %s)",
        token,
        token_id,
        client["id"],
        user.id,
    )
    return token


def _newer(call: Call, form: Form, application: Row) -> Answer:
    by_password = form.get("grant_type") == "password"
    if form.get("grant_type") != application["authorization_grant_type"].replace("-", "_"):
        return _no_store(plain_json({"error": "unauthorized_client"}, 401))
    if application["client_type"] == "confidential" and not _knows_secret(application, form):
        return _no_store(plain_json({"error": "invalid_client"}, 401))
    user = _user(call.tables, form) if by_password else None
    if by_password and user is None:
        words = {"error": "invalid_grant", "error_description": "Invalid credentials given."}
        return _no_store(plain_json(words, 401))
    body = _granted_by_newer(call, user, application)
    if user and form.get("token_type", "").lower() == "jwt":
        return _no_store(plain_json(_as_jwt(call, user)))
    return _no_store(plain_json(body))


def _granted_by_newer(call: Call, user: User | None, application: Row) -> dict[str, Any]:
    token = passwords.random_text(30)
    token_id = call.tables.run(
        "INSERT INTO oauth2_provider_accesstoken (token, expires, scope, application_id, user_id)"
        " VALUES (%s, %s, %s, %s, %s)",
        token,
        call.now + timedelta(seconds=DOT_SECONDS),
        DOT_SCOPE,
        application["id"],
        user.id if user else None,
    )
    body = {"access_token": token, "token_type": "Bearer", "expires_in": DOT_SECONDS}
    if user:
        body["refresh_token"] = refresh = passwords.random_text(30)
        call.tables.run(
            "INSERT INTO oauth2_provider_refreshtoken"
            " (token, access_token_id, application_id, user_id) VALUES (%s, %s, %s, %s)",
            refresh,
            token_id,
            application["id"],
            user.id,
        )
    return body | {"scope": DOT_SCOPE}


def _as_jwt(call: Call, user: User) -> dict[str, Any]:
    now = unix(call.now)
    scopes = DOT_SCOPE.split()
    token = make_jwt(user, scopes, settings=call.settings, now=now, seconds=DOT_SECONDS)
    body = {"access_token": token, "token_type": "JWT", "expires_in": DOT_SECONDS}
    return body | {"scope": DOT_SCOPE}


def _user(tables: Tables, form: Form) -> User | None:
    name = form.get("username", "")
    user = user_where(tables, "username", name) or user_where(tables, "email", name)
    known = user and passwords.verify(form.get("password", ""), user.password)
    return user if known else None


def _knows_secret(client: Row, form: Form) -> bool:
    public = client["client_type"] in (1, "public")
    return public or form.get("client_secret") == client["client_secret"]


def _error(code: str, description: str | None = None) -> Answer:
    described = {"error_description": description} if description else {}
    return _no_store(plain_json(described | {"error": code}, 400))


def _no_store(answer: Answer) -> Answer:
    return answer.plus(*NO_STORE)
