"""Tokens: what a grant writes, and what each kind of token opens."""

import base64
import json
from dataclasses import replace

import pytest

from tests.legacy_lms.service.moments import EPOCH
from tests.legacy_lms.service.oauth_tokens import AUDIENCE, make_jwt
from tests.legacy_lms.service.settings import Settings
from tests.legacy_lms.service.tables import User
from tests.recorded import Answer, Send
from tests.stand_in.browser import PASSWORD, Browser, World, body

OWN = "/api/user/v1/accounts"
FAR = 4_000_000_000
ADA = User(
    id=7,
    username="ada",
    email="ada@example.com",
    password="",
    is_staff=False,
    is_superuser=False,
    is_active=True,
    date_joined=EPOCH,
)


def grant(send: Send, client_id: str, **more: str) -> Answer:
    fields = {"grant_type": "password", "username": "ada", "password": PASSWORD} | more
    return Browser(send).post_form("/oauth2/access_token", client_id=client_id, **fields)


def ask_with(send: Send, authorization: str, path: str = OWN) -> Answer:
    return Browser(send).get(path, {"Authorization": authorization})


@pytest.mark.parametrize(
    ("client_id", "secret", "tables"),
    [
        ("lab-public-client", "", ["oauth2_accesstoken"]),
        ("lab-conf-client", "lab-conf-secret", ["oauth2_accesstoken", "oauth2_refreshtoken"]),
        (
            "lab-dot-client",
            "",
            ["oauth2_provider_accesstoken", "oauth2_provider_refreshtoken"],
        ),
    ],
)
def test_every_grant_writes_a_fresh_token_that_opens_the_account(
    send: Send, world: World, client_id: str, secret: str, tables: list[str]
) -> None:
    tokens = [body(grant(send, client_id, client_secret=secret))["access_token"] for _ in "ab"]

    assert world.counts(*tables) == dict.fromkeys(tables, 2)
    assert tokens[0] != tokens[1]
    assert [body(ask_with(send, f"bearer {each}"))[0]["username"] for each in tokens] == ["ada"] * 2


@pytest.mark.parametrize(
    ("client_id", "more", "status", "error"),
    [
        ("lab-conf-client", {"client_secret": "no"}, 400, {"error": "invalid_client"}),
        ("lab-dot-conf", {}, 401, {"error": "unauthorized_client"}),
        (
            "lab-dot-conf",
            {"grant_type": "client_credentials", "client_secret": "no"},
            401,
            {"error": "invalid_client"},
        ),
        (
            "lab-dot-client",
            {"password": "no"},
            401,
            {"error": "invalid_grant", "error_description": "Invalid credentials given."},
        ),
    ],
)
def test_no_token_without_the_right_secret_and_password(
    send: Send, client_id: str, more: dict[str, str], status: int, error: dict[str, str]
) -> None:
    answer = grant(send, client_id, **more)

    assert (answer.status, body(answer)) == (status, error)


def test_a_grant_needs_its_type(browser: Browser) -> None:
    answer = browser.post_form("/oauth2/access_token", client_id="lab-public-client")

    assert body(answer)["error_description"] == "No 'grant_type' included in the request."


@pytest.mark.parametrize("table", ["oauth2_accesstoken", "oauth2_provider_accesstoken"])
def test_an_expired_token_says_so(send: Send, world: World, table: str) -> None:
    client = {"oauth2_accesstoken": "lab-public-client"}.get(table, "lab-dot-client")
    token = body(grant(send, client))["access_token"]
    world.run(f"UPDATE {table} SET expires = UTC_TIMESTAMP() - INTERVAL 1 SECOND")

    answer = ask_with(send, f"Bearer {token}")

    assert answer.status == 401
    assert body(answer)["error_code"] == "token_expired"


def test_a_token_with_a_space_is_malformed(send: Send) -> None:
    assert body(ask_with(send, "Bearer a b"))["error_code"] == "token_malformed"


def test_an_inactive_user_has_no_login_but_a_token(send: Send) -> None:
    token = body(grant(send, "lab-public-client", username="jean"))["access_token"]

    assert body(ask_with(send, f"Bearer {token}"))[0]["is_active"] is False


def test_a_jwt_opens_the_account_and_not_the_enrollments(send: Send) -> None:
    token = body(grant(send, "lab-dot-client", token_type="JWT"))["access_token"]

    assert body(ask_with(send, f"JWT {token}"))[0]["username"] == "ada"
    assert ask_with(send, f"JWT {token}", "/api/enrollment/v1/enrollment").status == 401


def jwt(settings: Settings, *, user: User = ADA, now: int = FAR, seconds: int = 60) -> str:
    return make_jwt(user, ["email"], settings=settings, now=now, seconds=seconds)


def test_a_jwt_of_our_own_making_is_good(send: Send, settings: Settings) -> None:
    assert ask_with(send, f"JWT {jwt(settings)}").status == 200


def test_no_jwt_is_good_that_is_old_foreign_or_tampered_with(
    send: Send, settings: Settings
) -> None:
    head, _, signature = jwt(settings).split(".")
    claims = {"preferred_username": "admin", "exp": FAR, "iat": 0, "aud": AUDIENCE}
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    bad = [
        jwt(settings, now=0, seconds=60),
        jwt(settings, user=replace(ADA, username="ghost")),
        jwt(replace(settings, secret_key="another")),
        jwt(replace(settings, public_url="http://elsewhere")),
        f"{head}.{forged}.{signature}",
        "nonsense",
    ]

    assert {ask_with(send, f"JWT {token}").status for token in bad} == {401}


def test_a_token_can_be_exchanged_for_a_session(send: Send) -> None:
    token = body(grant(send, "lab-public-client"))["access_token"]
    browser = Browser(send)

    answer = browser.request("POST", "/oauth2/login/", headers={"Authorization": f"Bearer {token}"})

    assert (answer.status, answer.body) == (204, b"")
    assert browser.get("/dashboard").status == 200
    assert Browser(send).request("POST", "/oauth2/login/").status == 401
