import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.compare.answers import Answer
from facade.compare.comparison import Comparison
from facade.compare.difference import ABSENT, Kind, Subject, signature
from facade.compare.redaction import Redactor, shown
from facade.compare.rules import IgnoreRule, Rules, ShowRule

KEY = "a bridge key that only these tests know"
SUBJECT = Subject("enrollment", "/api/enrollment/v1/enrollment")
TODAY = dt.date(2026, 6, 1)
SECRET = "ada.lovelace@example.org"


def json_answer(content: Any, *fields: tuple[str, str], status: int = 200) -> Answer:
    usual = ("content-type", "application/json")
    return Answer(status, (usual, *fields), json.dumps(content).encode())


def html_answer(page: str) -> Answer:
    return Answer(200, (("content-type", "text/html"),), page.encode())


def found(legacy: Answer, modern: Answer, rules: Rules | None = None) -> list[tuple[str, str]]:
    comparison = Comparison(rules or Rules(), Redactor(KEY))
    verdict = comparison.compare(legacy, modern, SUBJECT, today=TODAY)
    return [(each.path, each.kind) for each in verdict.differences]


def ignoring(expires: dt.date, name: str = "known") -> IgnoreRule:
    return IgnoreRule(name=name, path="$.mode", owner="us", reason="agreed", expires=expires)


def test_another_status_is_one_difference_however_much_else_differs() -> None:
    legacy, modern = json_answer({"a": 1}), json_answer({"b": 2}, ("allow", "GET"), status=404)

    assert found(legacy, modern) == [("status 200 > 404", Kind.STATUS)]


def test_chosen_headers_count_and_others_do_not() -> None:
    legacy = json_answer(1, ("location", "/a"), ("server", "gunicorn"), ("allow", "GET, POST"))
    modern = json_answer(1, ("location", "/b"), ("server", "granian"), ("allow", "POST, GET"))

    assert found(legacy, modern) == [("header location", Kind.HEADER)]


def test_the_spelling_of_a_content_type_does_not_count() -> None:
    legacy = Answer(200, (("content-type", "text/html; charset=utf-8"),), b"<p>a</p>")
    modern = Answer(200, (("content-type", 'TEXT/HTML;charset="UTF-8"'),), b"<p>a</p>")

    assert found(legacy, modern) == []


@pytest.mark.parametrize("body", [b"{", b"\xff"])
def test_a_body_that_is_not_what_it_says_is_compared_as_bytes(body: bytes) -> None:
    broken = Answer(200, (("content-type", "application/json"),), body)

    assert found(json_answer({}), broken) == [("body", Kind.BYTES)]
    assert found(broken, broken) == []


@given(st.sampled_from(["application/json", "text/html", "text/plain"]), st.binary(), st.binary())
def test_any_bytes_can_be_compared(kind: str, one: bytes, other: bytes) -> None:
    legacy, modern = (Answer(200, (("content-type", kind),), body) for body in (one, other))

    found(legacy, modern)
    assert found(legacy, legacy) == []


@pytest.mark.parametrize("depth", [99, 150, 900, 5000])
def test_documents_of_any_depth_can_be_compared(depth: int) -> None:
    kind = ("content-type", "application/json")
    one, other = (Answer(200, (kind,), b"[" * depth + n + b"]" * depth) for n in (b"1", b"2"))

    assert [kind for _, kind in found(one, other)] == [Kind.VALUE if depth < 100 else Kind.BYTES]


def test_a_rule_hides_a_difference_up_to_its_last_day_and_that_is_counted() -> None:
    comparison = Comparison(Rules(ignores=(ignoring(TODAY),)), Redactor(KEY))
    legacy, modern = json_answer({"mode": 1, "count": 1}), json_answer({"mode": 2, "count": 2})

    verdict = comparison.compare(legacy, modern, SUBJECT, today=TODAY)

    assert [each.path for each in verdict.differences] == ["$.count"]
    assert (verdict.ignored, verdict.expired) == (("known",), ())


def test_an_expired_rule_hides_nothing_and_is_reported() -> None:
    comparison = Comparison(Rules(ignores=(ignoring(TODAY),)), Redactor(KEY))
    tomorrow = TODAY + dt.timedelta(days=1)

    verdict = comparison.compare(
        json_answer({"mode": 1}), json_answer({"mode": 2}), SUBJECT, today=tomorrow
    )

    assert [each.path for each in verdict.differences] == ["$.mode"]
    assert (verdict.ignored, verdict.expired) == ((), ("known",))


def test_of_two_rules_the_one_that_is_still_valid_counts() -> None:
    rules = (ignoring(TODAY - dt.timedelta(days=9), "old"), ignoring(TODAY, "new"))
    comparison = Comparison(Rules(ignores=rules), Redactor(KEY))

    verdict = comparison.compare(
        json_answer({"mode": 1}), json_answer({"mode": 2}), SUBJECT, today=TODAY
    )

    assert (verdict.differences, verdict.ignored) == ((), ("new",))


def test_equal_causes_share_a_signature_whatever_the_item_and_the_values() -> None:
    comparison = Comparison(Rules(), Redactor(KEY))
    legacy = json_answer([{"mode": "a"}, {"mode": "b"}, {"mode": "c"}])
    modern = json_answer([{"mode": "a"}, {"mode": "x"}, {"mode": "y"}])

    (difference,) = comparison.compare(legacy, modern, SUBJECT, today=TODAY).differences

    assert difference.signature == signature(SUBJECT, "$[*].mode", Kind.VALUE)
    assert difference.signature != signature(Subject("catalog", "/"), "$[*].mode", Kind.VALUE)


@pytest.mark.parametrize(
    ("legacy", "modern"),
    [
        (json_answer({"name": SECRET}), json_answer({"name": "x"})),
        (json_answer({"name": "x"}), json_answer({"name": [SECRET]})),
        (json_answer({SECRET: 1}), json_answer({})),
        (json_answer({"a": {SECRET: {"mode": 1}}}), json_answer({"a": {SECRET: {"mode": 2}}})),
        (json_answer([SECRET, 1]), json_answer([1, SECRET])),
        (json_answer(1, ("location", f"/u/{SECRET}")), json_answer(1)),
        (html_answer(f"<p>{SECRET}</p>"), html_answer("<p>x</p>")),
        (html_answer(f"<a href='/u/{SECRET}'>a</a>"), html_answer("<a href='/u/'>a</a>")),
        (html_answer(f"<{SECRET.split('.', maxsplit=1)[0]}>a"), html_answer("<p>b")),
        (json_answer({"name": SECRET}), html_answer(SECRET)),
    ],
)
def test_a_secret_is_found_to_differ_and_never_kept(legacy: Answer, modern: Answer) -> None:
    verdict = Comparison(Rules(), Redactor(KEY)).compare(legacy, modern, SUBJECT, today=TODAY)

    assert verdict.differences
    assert SECRET not in repr(verdict)
    assert "<ada" not in repr(verdict)


@given(st.text("0123456789", min_size=9, max_size=12), st.data())
def test_no_digit_of_a_value_gets_into_a_sample(secret: str, data: st.DataObject) -> None:
    shapes = [{"name": secret}, {secret: 1}, [secret], {"id": int(secret)}, {"id": [{"x": secret}]}]
    legacy = json_answer(data.draw(st.sampled_from(shapes)))

    verdict = Comparison(Rules(), Redactor(KEY)).compare(
        legacy, json_answer({"id": None}), SUBJECT, today=TODAY
    )

    assert verdict.differences
    assert secret not in repr([(each.path, each.legacy) for each in verdict.differences])


def test_a_rule_shows_values_at_its_path_alone() -> None:
    rules = Rules(shows=(ShowRule(path="$.mode"),))
    legacy, modern = json_answer({"mode": "honor", "name": "a"}), json_answer({"mode": "audit"})

    mode, name = (
        Comparison(rules, Redactor(KEY)).compare(legacy, modern, SUBJECT, today=TODAY).differences
    )

    assert (mode.legacy, mode.modern) == ('"honor"', '"audit"')
    assert name.legacy.startswith("string(1) ~")
    assert name.modern == "absent"


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (True, "boolean"),
        (1, "integer"),
        (1.5, "fraction"),
        ("abc", "string(3)"),
        (b"ab", "bytes(2)"),
        ([1], "list(1)"),
        ({}, "object(0)"),
    ],
)
def test_a_redacted_value_keeps_type_and_size(value: Any, shape: str) -> None:
    text = Redactor(KEY).redacted(value)

    assert text.startswith(f"{shape} ~")
    assert text == Redactor(KEY).redacted(value)
    assert text != Redactor("another key, of thirty-two letters").redacted(value)


def test_null_and_absence_need_no_hash_and_long_shown_values_are_cut() -> None:
    assert Redactor(KEY).redacted(None) == "null"
    assert (Redactor(KEY).redacted(ABSENT), shown(ABSENT)) == ("absent", "absent")
    assert shown("x" * 300) == '"' + "x" * 199 + "..."
    assert shown(b"ab") == "b'ab'"
