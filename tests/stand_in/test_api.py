"""What surrounds every API view and every page."""

import pytest

from tests.legacy_lms.service.api import prefers_html
from tests.legacy_lms.service.errors import RefusalError
from tests.legacy_lms.service.messages import compact_json
from tests.recorded import Send
from tests.stand_in.browser import Browser, World, body

OWN = "/api/user/v1/accounts/ada"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "application/json, text/html", "application/*"]
)
def test_a_program_gets_json(accept: str) -> None:
    assert not prefers_html(accept)


@pytest.mark.parametrize("accept", ["text/html", "text/*", BROWSER])
def test_a_browser_gets_a_page(accept: str) -> None:
    assert prefers_html(accept)


def test_what_nobody_renders_is_refused() -> None:
    with pytest.raises(RefusalError, match="Could not satisfy the request Accept header"):
        prefers_html("image/png")


def test_a_406_comes_before_a_401(browser: Browser) -> None:
    assert browser.get(OWN, {"Accept": "image/png"}).status == 406


def test_a_patch_of_another_type_is_415(ada: Browser) -> None:
    answer = ada.request("PATCH", OWN, "{}", {"Content-Type": "application/json"})

    assert body(answer) == {"detail": 'Unsupported media type "application/json" in request.'}


def test_the_separators_of_lines_are_escaped() -> None:
    assert compact_json({"a": "é\u2028\u2029"}) == '{"a":"é\\u2028\\u2029"}'.encode()


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"X-Forwarded-Proto": "https"}, "Referer checking failed - no Referer."),
        (
            {"X-Forwarded-Proto": "https", "Referer": "https://evil.test/"},
            "Referer checking failed - https://evil.test/ does not match https://lms.test/.",
        ),
        ({"X-CSRFToken": "no"}, "CSRF token missing or incorrect."),
    ],
)
def test_an_api_says_why_it_takes_a_request_for_forged(
    ada: Browser, headers: dict[str, str], reason: str
) -> None:
    token = {} if "X-CSRFToken" in headers else {"X-CSRFToken": ada.cookies["csrftoken"]}
    ada.cookies["csrftoken"], kept = "", ada.cookies["csrftoken"]
    cookie = "; ".join(f"{k}={v}" for k, v in (ada.cookies | {"csrftoken": kept}).items())
    sent = {"Host": "lms.test", "Cookie": cookie, "Content-Type": "application/json"}

    answer = ada.send("PUT", OWN, sent | token | headers, b"{}")

    assert (answer.status, body(answer)) == (403, {"detail": f"CSRF Failed: {reason}"})


def test_an_api_misses_the_cookie_of_the_token(ada: Browser) -> None:
    del ada.cookies["csrftoken"]

    answer = ada.patch(OWN, {"bio": "x"})

    assert body(answer) == {"detail": "CSRF Failed: CSRF cookie not set."}


def test_a_missing_slash_is_added_with_the_query_kept(browser: Browser) -> None:
    answer = browser.get("/api/courses/v1/courses?page=2")

    assert (answer.status, answer.header("Location")) == (
        301,
        "http://lms.test/api/courses/v1/courses/?page=2",
    )


def test_a_page_without_a_slash_too_many_is_not_found(browser: Browser) -> None:
    answer = browser.get("/dashboard/")

    assert (answer.status, answer.header("Content-Type")) == (404, "text/html; charset=utf-8")


def test_without_a_host_the_public_address_stands_in(send: Send, world: World) -> None:
    answer = send("GET", "/dashboard", {}, b"")

    assert answer.header("Location") == "http://localhost:18000/login?next=/dashboard"


def test_a_question_for_the_head_has_no_body(browser: Browser) -> None:
    answer = browser.request("HEAD", "/heartbeat")

    assert (answer.status, answer.body) == (200, b"")


def test_the_options_of_a_view_are_listed(ada: Browser) -> None:
    answer = ada.request("OPTIONS", "/api/mobile/v0.5/my_user_info")

    assert answer.header("Allow") == "OPTIONS, GET"
    assert body(answer)["name"] == "My User Info"


def test_a_function_view_has_no_head(ada: Browser) -> None:
    assert ada.request("HEAD", "/api/mobile/v0.5/my_user_info").status == 405
