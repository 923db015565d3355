"""The stand-in answers every recorded exchange as the real LMS did."""

import pytest

from tests import recorded
from tests.recorded import Allowance, Answer, Exchange, Send

ALLOWANCES = (
    Allowance(
        "body $.overview",
        "the text of an about page lives in the course store, outside the tables",
        frozenset({184, 186}),
    ),
)


def test_the_whole_recording_is_answered_as_it_was(send: Send) -> None:
    wrong = [
        f"{exchange.name}: {line}"
        for exchange, answer in recorded.replay(recorded.script(), send)
        for line in judged(exchange, answer)
    ]

    assert wrong == []


@pytest.mark.parametrize("family", sorted({each.family for each in recorded.exchanges()}))
def test_each_family_is_answered_as_it_was_on_its_own(send: Send, family: recorded.Family) -> None:
    replayed = list(recorded.replay(recorded.script(family), send))

    wrong = [line for exchange, answer in replayed for line in judged(exchange, answer)]
    assert wrong == []
    assert family in {exchange.family for exchange, _ in replayed}


def judged(exchange: Exchange, answer: Answer) -> list[str]:
    return recorded.differences(
        exchange, answer, headers=recorded.ALL_HEADERS, allowances=ALLOWANCES
    )


@pytest.mark.parametrize("allowance", ALLOWANCES, ids=lambda each: each.where)
def test_no_declared_difference_has_become_needless(send: Send, allowance: Allowance) -> None:
    needed = {
        exchange.number
        for exchange, answer in recorded.replay(recorded.script("courses"), send)
        if recorded.differences(exchange, answer)
    }

    assert needed == allowance.numbers
