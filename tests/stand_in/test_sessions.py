"""Who a cookie makes one, and who it does not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.legacy_lms.in_process import sender
from tests.legacy_lms.service import cookies
from tests.legacy_lms.service.application import Application
from tests.legacy_lms.service.settings import LAB_SECRET_KEY, Settings
from tests.recorded import Answer, Send
from tests.stand_in.browser import Browser, World, body

OWN = "/api/user/v1/accounts"


def safe(browser: Browser) -> cookies.SafeCookie:
    parsed = cookies.SafeCookie.parse(cookies.unquote(browser.cookies["sessionid"]))
    assert parsed is not None
    return parsed


def ask_with(send: Send, cookie: str, agent: str = "test") -> Answer:
    headers = {"Host": "lms.test", "Cookie": f"sessionid={cookie}", "User-Agent": agent}
    return send("GET", OWN, headers, b"")


def test_the_cookie_of_a_login_alone_makes_one_its_user(send: Send, ada: Browser) -> None:
    answer = ask_with(send, safe(ada).text)

    assert [each["username"] for each in body(answer)] == ["ada"]


@pytest.mark.parametrize(
    "forge",
    [
        lambda safe: replace(safe, signature=safe.signature[:-3] + "abc").text,
        lambda safe: replace(safe, salt="aaaaaaaaaaaa").text,
        lambda safe: safe.session_key,
        lambda safe: "2" + safe.text[1:],
        lambda safe: safe.text + "|",
    ],
    ids=["signature", "salt", "raw key", "version", "parts"],
)
def test_a_forged_cookie_of_a_live_session_is_sent_to_the_login(
    send: Send, ada: Browser, forge: Callable[[cookies.SafeCookie], str]
) -> None:
    answer = ask_with(send, forge(safe(ada)))

    assert answer.status == 302
    assert answer.header("Location") == f"http://lms.test/login?next={OWN}"
    assert answer.header("Set-Cookie") == (
        "sessionid=; expires=Thu, 01-Jan-1970 00:00:00 GMT; httponly; Max-Age=0; Path=/"
    )


def test_a_phone_with_a_forged_cookie_gets_an_empty_401(send: Send, ada: Browser) -> None:
    forged = replace(safe(ada), signature="x:y:z").text

    answer = ask_with(send, forged, agent="Lab edX/org.edx.mobile")

    assert (answer.status, answer.body) == (401, b"")


def test_an_unknown_session_is_nobody_however_well_it_is_signed(send: Send) -> None:
    made_up = cookies.sign_session(
        "x" * 32, 22, salt="abcdefghijkl", secret_key=LAB_SECRET_KEY, now=2_000_000_000
    )

    answer = ask_with(send, made_up.text)

    assert answer.status == 401
    assert body(answer) == {"detail": "Authentication credentials were not provided."}


def test_a_session_signed_for_another_user_is_refused(send: Send, ada: Browser) -> None:
    own = safe(ada)
    for_admin = cookies.sign_session(
        own.session_key, 22, salt=own.salt, secret_key=LAB_SECRET_KEY, now=2_000_000_000
    )

    assert ask_with(send, for_admin.text).status == 302


def test_another_key_opens_no_session(world: World, ada: Browser, settings: Settings) -> None:
    application = Application(replace(settings, secret_key="another key"))

    answer = ask_with(sender(application), safe(ada).text)

    application.close()
    assert answer.status == 401


def test_a_second_login_ends_the_first_session(send: Send, ada: Browser, world: World) -> None:
    second = Browser(send).logged_in("ada")

    assert ada.get(OWN).status == 401
    assert second.get(OWN).status == 200
    assert world.counts("django_session") == {"django_session": 1}


def test_a_changed_password_ends_the_session(ada: Browser, world: World) -> None:
    world.run("UPDATE auth_user SET password = CONCAT(password, 'x') WHERE username = 'ada'")

    assert ada.get(OWN).status == 401


def test_an_expired_session_is_nobody(ada: Browser, world: World) -> None:
    world.run("UPDATE django_session SET expire_date = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND")

    assert ada.get(OWN).status == 401


def test_a_session_that_legacy_pickled_is_nobody(ada: Browser, world: World) -> None:
    pickled = "NzliMTg1Y2QyOTYyOTQ1ZDA5MGFjMDJhNDg2NGRiZjg5ZWNkMzFmYTqAAn1xAVgJAAAAX2xhbmd1YWdl"
    world.run("UPDATE django_session SET session_data = %s", pickled)

    assert ada.get(OWN).status == 401


def test_logging_out_ends_the_session_on_the_server(send: Send, ada: Browser) -> None:
    before = safe(ada).text

    ada.get("/logout")

    assert ask_with(send, before).status == 401
    assert not {"edxloggedin", "edx-user-info"} & ada.cookies.keys()


def test_a_disabled_account_is_stopped_everywhere_but_by_a_token(send: Send) -> None:
    niklaus = Browser(send).logged_in("niklaus")
    grant = niklaus.post_form(
        "/oauth2/access_token",
        client_id="lab-public-client",
        grant_type="password",
        username="niklaus",
        password="Legacy-Pass1",
    )

    assert grant.status == 403
    assert niklaus.get(OWN).status == 403
    assert niklaus.get("/no/such/page").status == 403
    niklaus.cookies.clear()
    token = body(
        niklaus.post_form(
            "/oauth2/access_token",
            client_id="lab-public-client",
            grant_type="password",
            username="niklaus",
            password="Legacy-Pass1",
        )
    )["access_token"]
    assert niklaus.get(OWN, {"Authorization": f"Bearer {token}"}).status == 200
