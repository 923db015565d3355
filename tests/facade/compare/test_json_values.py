import copy
import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from facade.compare.difference import Kind, Subject
from facade.compare.json_values import MAX_DEPTH, JsonComparison, is_shallow
from facade.compare.rules import FieldRule, Rules, Treatment
from tests.facade.compare.documents import Changed, changed, documents

SUBJECT = Subject("enrollment", "/api/enrollment/v1/enrollment")
UNORDERED = Rules(fields=(FieldRule(path="$.results", compare=Treatment.UNORDERED, key="id"),))


def differences(legacy: Any, modern: Any, rules: Rules | None = None) -> list[tuple[str, str]]:
    found = JsonComparison(rules or Rules(), SUBJECT).differences(legacy, modern)
    return [(each.path, each.kind) for each in found]


@given(documents)
def test_equal_values_have_no_difference(value: Any) -> None:
    assert differences(value, copy.deepcopy(value)) == []


@given(documents)
def test_spacing_and_the_order_of_members_are_no_difference(value: Any) -> None:
    spelled = json.dumps(value, indent=3, sort_keys=True)

    assert differences(value, json.loads(spelled)) == []


@given(changed())
def test_a_single_change_is_found_where_it_is_and_nothing_else(change: Changed) -> None:
    found = differences(change.legacy, change.modern)

    # A change of a float may be lost in its last digits.
    assume(json.dumps(change.legacy) != json.dumps(change.modern))
    assert found == [(change.path, change.kind)]


@given(st.lists(st.tuples(st.integers(), documents), unique_by=lambda each: each[0]), st.randoms())
def test_unordered_items_are_paired_by_their_key(items: list[tuple[int, Any]], random: Any) -> None:
    results = [{"id": number, "name": value} for number, value in items]
    shuffled = random.sample(results, len(results))

    assert differences({"results": results}, {"results": shuffled}, UNORDERED) == []


def test_an_unordered_item_without_partner_is_missing_or_extra() -> None:
    legacy = {"results": [{"id": 1}, {"id": 2, "name": "b"}]}
    modern = {"results": [{"id": 2, "name": "c"}, {"id": 3}]}

    assert differences(legacy, modern, UNORDERED) == [
        ("$.results[*]", Kind.MISSING),
        ("$.results[*].name", Kind.VALUE),
        ("$.results[*]", Kind.EXTRA),
    ]


def test_unordered_items_of_equal_keys_are_paired_in_their_order() -> None:
    legacy = {"results": [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]}
    modern = {"results": [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]}

    assert differences(legacy, modern, UNORDERED) == []


def test_the_order_of_a_list_counts_without_a_rule() -> None:
    assert differences({"results": [1, 2]}, {"results": [2, 1]}) == [("$.results", Kind.ORDER)]


@pytest.mark.parametrize(
    ("legacy", "modern", "kinds"),
    [
        ("2016-09-05T07:12:44Z", "2016-09-05T07:12:44+00:00", [Kind.DATE_SPELLING]),
        ("2016-09-05T07:12:44Z", "2016-09-05T07:12:44.000000Z", [Kind.DATE_SPELLING]),
        ("2016-09-05T09:12:44+02:00", "2016-09-05 07:12:44", [Kind.DATE_SPELLING]),
        ("2016-09-05T07:12:44Z", "2016-09-05T07:12:45Z", [Kind.VALUE]),
        ("2016-99-05T07:12:44Z", "2016-99-05T07:12:44+00:00", [Kind.VALUE]),
        (float("nan"), float("nan"), []),
        (1, 1.0, [Kind.NUMBER_TYPE]),
        (1, True, [Kind.TYPE]),
        (0, False, [Kind.TYPE]),
        (1, 1.5, [Kind.VALUE]),
        (1, "1", [Kind.TYPE]),
    ],
)
def test_values_differ_by_type_and_spelling(legacy: Any, modern: Any, kinds: list[Kind]) -> None:
    assert [kind for _, kind in differences(legacy, modern)] == kinds


def test_rules_accept_another_spelling_of_moments_and_numbers() -> None:
    rules = Rules(
        fields=(
            FieldRule(path="$.created", compare=Treatment.MOMENT),
            FieldRule(path="$.grade", compare=Treatment.NUMBER, capability="enrollment"),
        )
    )
    legacy = {"created": "2016-09-05T07:12:44Z", "grade": 1}
    modern = {"created": "2016-09-05T07:12:44+00:00", "grade": 1.0}

    assert differences(legacy, modern, rules) == []
    assert differences(legacy, {**modern, "grade": 2.0}, rules) == [("$.grade", Kind.VALUE)]


def test_a_rule_of_another_capability_does_not_apply() -> None:
    rule = FieldRule(path="$.grade", compare=Treatment.NUMBER, capability="grades")

    found = differences({"grade": 1}, {"grade": 1.0}, Rules(fields=(rule,)))

    assert found == [("$.grade", Kind.NUMBER_TYPE)]


@pytest.mark.parametrize("around", [lambda value: [value], lambda value: {"id": value}])
def test_a_document_that_is_too_deep_is_told_before_it_is_compared(around: Any) -> None:
    value: Any = 1
    for _ in range(MAX_DEPTH - 1):
        value = around(value)

    assert is_shallow(value)
    assert not is_shallow(around(value))
