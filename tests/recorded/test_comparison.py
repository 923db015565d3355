"""The judge is judged: it accepts what was recorded and names every kind of difference."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import recorded
from tests.recorded import Allowance, Answer, Exchange
from tests.recorded.bodies import body_differences
from tests.recorded.exchange import Expected

COOKIE_VALUE = "made-up"


def as_recorded(exchange: Exchange) -> Answer:
    expected = exchange.expected
    cookies = [
        ("Set-Cookie", "; ".join((f"{name}={COOKIE_VALUE}", *attributes)))
        for name, attributes in expected.cookies.items()
    ]
    text = {"json": json.dumps(expected.value), "text": expected.value, "unkept": "<html>"}
    return Answer(
        expected.status, (*expected.headers.items(), *cookies), str(text[expected.body]).encode()
    )


def numbered(number: int) -> Exchange:
    return next(each for each in recorded.exchanges() if each.number == number)


@pytest.mark.parametrize("exchange", recorded.exchanges(), ids=lambda each: each.name)
def test_every_recorded_answer_is_as_good_as_itself(exchange: Exchange) -> None:
    answer = as_recorded(exchange)

    assert recorded.differences(exchange, answer, headers=recorded.ALL_HEADERS) == []


def test_every_exchange_comes_after_what_it_needs() -> None:
    numbers = [each.number for each in recorded.exchanges()]

    assert numbers == sorted(set(numbers))
    assert all(need < each.number for each in recorded.exchanges() for need in each.needs)


def test_a_script_brings_the_logins_its_families_need() -> None:
    script = recorded.script("mobile")

    assert {each.family for each in script} == {"mobile", "login", "oauth", "pages"}
    assert [each.label for each in script if each.family == "login"] == ["login: page", "login"]


def test_no_live_credential_is_part_of_the_recording() -> None:
    headers = [each.headers for each in recorded.exchanges()]

    assert {each.get("X-CSRFToken") for each in headers} == {None, "wrong", "{csrftoken}"}
    assert {each["Authorization"] for each in headers if "Authorization" in each} == {
        "Bearer {access_token}",
        "Bearer",
        "JWT {access_token}",
    }


OTHER_HEADERS = {
    "Content-Type": "text/plain",
    "Allow": "GET",
    "Vary": "Accept",
    "WWW-Authenticate": "Basic",
}


@pytest.mark.parametrize("name", OTHER_HEADERS)
def test_another_or_a_missing_header_is_a_difference(name: str) -> None:
    anonymous = numbered(87)
    good = as_recorded(anonymous)
    others = tuple(pair for pair in good.headers if pair[0] != name)

    changed = replace(good, headers=(*others, (name, OTHER_HEADERS[name])))
    missing = replace(good, headers=others)

    for answer in (changed, missing):
        (line,) = recorded.differences(anonymous, answer)
        assert line.startswith(f"header {name.lower()}: recorded ")


def test_the_order_of_vary_and_of_keys_is_no_difference() -> None:
    exchange = numbered(87)
    good = as_recorded(exchange)
    turned = tuple(
        (name, ", ".join(reversed(value.split(", "))) if name in ("Vary", "Allow") else value)
        for name, value in good.headers
    )

    assert recorded.differences(exchange, replace(good, headers=turned)) == []


@pytest.mark.parametrize(
    ("recorded_value", "got", "line"),
    [
        (1, 1.0, "body $: recorded 1, got 1.0"),
        (1, True, "body $: recorded 1, got True"),
        (None, "", "body $: recorded None, got ''"),
        ({"a": None}, {}, "body $.a: recorded None, missing"),
        ({}, {"a": None}, "body $.a: not recorded, got None"),
        ([1, 2], [2, 1], "body $[0]: recorded 1, got 2"),
        ([1], [1, 2], "body $: recorded 1 items, got 2"),
        ({"a": [{"b": "x"}]}, {"a": [{"b": "y"}]}, "body $.a[0].b: recorded 'x', got 'y'"),
        (
            "2026-11-22T10:20:20Z",
            "2026-11-22T10:20:21Z",
            "body $: recorded '2026-11-22T10:20:20Z', got '2026-11-22T10:20:21Z'",
        ),
        (
            "2026-11-22T10:28:36.457133Z",
            "2027-01-01T00:00:00.457Z",
            "body $: recorded '2026-11-22T10:28:36.457133Z', got '2027-01-01T00:00:00.457Z'",
        ),
    ],
)
def test_json_is_compared_strictly(recorded_value: object, got: object, line: str) -> None:
    assert line in lines(recorded_value, got)


@pytest.mark.parametrize(
    ("recorded_value", "got"),
    [
        ("2026-11-22T10:28:36.457133Z", "2027-01-01T00:00:00.123456Z"),
        ({"access_token": "0" * 40}, {"access_token": "f" * 40}),
        ("Expected available in 58.0 seconds.", "Expected available in 9.0 seconds."),
    ],
)
def test_what_can_never_be_equal_is_compared_by_form(recorded_value: object, got: object) -> None:
    assert lines(recorded_value, got) == []


def lines(value: object, got: object) -> list[str]:
    expected = Expected(status=200, headers={}, cookies={}, body="json", value=value)
    answer = Answer(200, (), json.dumps(got).encode())
    return [f"{place}: {what}" for place, what in body_differences(expected, answer)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(JSON, JSON)
def test_two_values_are_alike_exactly_when_their_canonical_json_is(
    one: object, other: object
) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)

    assert (lines(one, other) == []) == same
    assert lines(one, one) == []


def test_a_cookie_without_its_attribute_is_a_difference() -> None:
    login = numbered(52)
    good = as_recorded(login)
    careless = tuple((name, value.replace("; httponly", "")) for name, value in good.headers)

    assert recorded.differences(login, replace(good, headers=careless)) == [
        "cookie sessionid: recorded ('httponly', 'path=/'), got ('path=/',)"
    ]


def test_a_body_that_is_no_json_is_one_difference() -> None:
    exchange = numbered(87)
    page = replace(as_recorded(exchange), body=b"<html>")

    assert recorded.differences(exchange, page) == ["body: recorded JSON, got b'<html>'"]


def test_a_page_must_not_be_empty_and_an_empty_answer_must_be() -> None:
    page, empty = numbered(5), numbered(132)

    assert recorded.differences(page, replace(as_recorded(page), body=b"")) == [
        "body: recorded a page, got nothing"
    ]
    assert recorded.differences(empty, replace(as_recorded(empty), body=b"null")) == [
        "body: recorded '', got b'null'"
    ]


def test_a_declared_difference_is_allowed_where_it_was_declared_only() -> None:
    exchange = numbered(87)
    other = replace(as_recorded(exchange), status=403, body=b'{"detail":"no"}')
    allowance = Allowance("body $.detail", "said in other words", frozenset({87}))
    elsewhere = replace(allowance, numbers=frozenset({88}))

    assert recorded.differences(exchange, other, allowances=[allowance]) == [
        "status: recorded 401, got 403"
    ]
    assert len(recorded.differences(exchange, other, allowances=[elsewhere])) == 2


def test_a_replay_gives_every_client_its_own_cookies_and_tokens() -> None:
    sent: list[Mapping[str, str]] = []
    session = ("Set-Cookie", 'sessionid="1|key|salt|signature"; Path=/')
    answer = Answer(200, (session,), b'{"access_token": "token"}')
    start = replace(numbered(87), client="ada", headers={})
    cookies = {"Cookie": "csrftoken={csrftoken}; sessionid={sessionid}"}
    script = [
        start,
        replace(start, headers=cookies | {"Authorization": "Bearer {access_token}"}, times=2),
        replace(start, client="other", headers=cookies),
        replace(start, client="forged", headers={"Cookie": "sessionid={ada.sessionid.key}"}),
    ]

    def send(_method: str, _path: str, headers: Mapping[str, str], _body: bytes) -> Answer:
        sent.append(headers)
        return answer

    replayed = list(recorded.replay(script, send))

    own = {"Cookie": 'sessionid="1|key|salt|signature"', "Authorization": "Bearer token"}
    assert sent == [{}, own, own, {}, {"Cookie": "sessionid=key"}]
    assert [exchange.client for exchange, _ in replayed] == ["ada", "ada", "ada", "other", "forged"]


def test_a_deleted_cookie_is_not_sent_again() -> None:
    clients = recorded.Clients()
    exchange = replace(numbered(87), headers={"Cookie": "sessionid={sessionid}"})

    clients.learn(exchange, Answer(200, (("Set-Cookie", "sessionid=key; Path=/"),), b""))
    clients.learn(exchange, Answer(200, (("Set-Cookie", "sessionid=; Max-Age=0"),), b""))

    assert clients.headers(exchange) == {}
