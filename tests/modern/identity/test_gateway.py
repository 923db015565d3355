import logging
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from django.conf import LazySettings
from django.test import Client, RequestFactory

from modern.shared.identity.api import identity_of
from modern.shared.identity.gateway import GatewayMiddleware, target
from tests.modern.factories import disable, make_user
from tests.modern.identity.minting import mint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("behind_facade")]
ACTOR = "/api/v2/identity/actor"


@pytest.fixture
def echo(behind_facade: LazySettings) -> None:
    behind_facade.ROOT_URLCONF = "tests.modern.identity.urls"


def ask(client: Client, path: str = ACTOR, *, method: str = "GET", **fields: Any) -> Any:
    raw, _, query = path.partition("?")
    signed = unquote_to_bytes(raw) + b"?" + query.encode()
    header = mint(method=method, target=signed, **fields)
    return client.generic(method, path, headers={"X-Bridge-Identity": header})


def test_the_facade_learns_the_actor(client: Client) -> None:
    user = make_user(groups=("testers", "staff of DemoU"), is_staff=True)

    answer = ask(client)

    assert answer.status_code == 200
    assert answer.json() == {
        "id": user.pk,
        "username": "ada",
        "is_staff": True,
        "is_superuser": False,
        "is_active": True,
        "groups": ["staff of DemoU", "testers"],
    }


def test_without_an_identity_nobody_asks(client: Client) -> None:
    answer = client.get(ACTOR)

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"
    assert answer["WWW-Authenticate"] == 'Session realm="api"'


def test_a_user_whose_row_has_not_arrived_is_unknown(client: Client) -> None:
    make_user("ADA")

    answer = ask(client)

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_user")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"via": "cookie"}, "malformed"), ({"exp": 1}, "expired"), ({"key": "k" * 40}, "forged")],
)
def test_a_refused_identity_is_logged_by_its_reason_and_nothing_of_the_person(
    client: Client, caplog: pytest.LogCaptureFixture, fields: dict[str, Any], reason: str
) -> None:
    make_user()

    with caplog.at_level(logging.WARNING, logger="security.identity"):
        answer = ask(client, **fields)

    assert (answer.status_code, answer.json()["code"]) == (401, "identity_refused")
    lines = [r.getMessage() for r in caplog.records if r.name == "security.identity"]
    assert lines == [f"identity refused: {reason}"]


def test_even_a_page_for_everybody_refuses_a_forged_identity(client: Client) -> None:
    answer = client.get("/api/v2/courses", headers={"X-Bridge-Identity": mint()})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/api/v2/identity/actor?a=1&b=%2B+%C3%A9",
        "/api/v2/courses/course-v1%3ADemoU+CS101+2016",
        "/api/v2/courses/Org%2FNum%2FRun",
        "/api/v2/courses/%C3%A9t%C3%A9/1/2",
    ],
)
def test_the_identity_holds_for_the_path_as_decoded_and_the_query_as_sent(
    client: Client, path: str
) -> None:
    make_user()

    assert ask(client, path).status_code in {200, 404}


def test_a_query_in_raw_bytes_is_signed_as_bytes() -> None:
    request = RequestFactory().get("/x", QUERY_STRING="q=é".encode().decode("latin-1"))

    assert target(request) == "/x?q=é".encode()


def test_a_path_that_is_no_utf8_matches_no_signature(client: Client) -> None:
    make_user()

    assert ask(client, "/api/v2/courses/%FF/1/2").status_code == 401


def test_an_unconfirmed_person_is_still_that_person(client: Client) -> None:
    make_user(is_active=False)

    assert ask(client).json()["is_active"] is False


def test_a_closed_account_is_stopped_by_its_session_and_not_by_its_tokens(client: Client) -> None:
    disable(make_user())

    stopped, passed = ask(client), ask(client, via="bearer")

    assert (stopped.status_code, stopped.json()["code"]) == (403, "account_disabled")
    assert passed.status_code == 200


@pytest.mark.usefixtures("echo")
@pytest.mark.parametrize("path", ["/api", "/plain"])
def test_a_session_changes_nothing_without_a_csrf_token(browser: Client, path: str) -> None:
    make_user()

    assert ask(browser, path, method="POST").status_code == 403


@pytest.mark.usefixtures("echo")
@pytest.mark.parametrize("path", ["/api", "/plain"])
def test_the_bare_token_of_legacys_cookie_is_enough(browser: Client, path: str) -> None:
    make_user()
    browser.cookies["csrftoken"] = "a" * 32
    header = mint(method="POST", target=f"{path}?".encode())

    headers = {"X-Bridge-Identity": header, "X-CSRFToken": "a" * 32}
    answer = browser.post(path, {}, content_type="application/json", headers=headers)

    assert answer.status_code == 200


@pytest.mark.usefixtures("echo")
@pytest.mark.parametrize("via", ["bearer", "jwt"])
@pytest.mark.parametrize("path", ["/api", "/plain"])
def test_tokens_need_no_csrf_token(browser: Client, path: str, via: str) -> None:
    make_user()

    answer = ask(browser, path, method="POST", via=via)

    assert answer.status_code == 200
    assert b"ada" in answer.content


def test_without_the_header_the_request_goes_on_untouched() -> None:
    request = RequestFactory().get("/")

    GatewayMiddleware(lambda given: given)(request)

    assert not hasattr(request, "identity")


def test_the_identity_is_there_for_whoever_answers() -> None:
    user = make_user()
    header = mint(target=b"/?", via="jwt")
    request = RequestFactory().get("/", headers={"X-Bridge-Identity": header})
    seen: list[Any] = []

    GatewayMiddleware(lambda given: seen.append(identity_of(given)))(request)

    assert [(one.user_id, one.username, one.via) for one in seen] == [(user.pk, "ada", "jwt")]
