import datetime as dt

import pytest

from facade.cli import main
from facade.compare import self_test
from facade.compare.difference import Kind
from facade.compare.rules import IgnoreRule, Rules
from facade.compare.self_test import CASES, KINDS, Case


def test_every_kind_of_difference_is_injected() -> None:
    assert frozenset(Kind) == KINDS


def test_all_that_is_injected_is_found() -> None:
    assert list(self_test.failures()) == []


def test_a_comparison_that_overlooks_something_fails() -> None:
    blind = IgnoreRule(
        name="all", path="$.mode", owner="a", reason="b", expires=dt.date(2099, 1, 1)
    )

    failures = list(self_test.failures(Rules(ignores=(blind,))))

    assert [failure.partition(":")[0] for failure in failures] == [
        "a member is missing",
        "null instead of a value",
        "another value",
    ]


def test_the_command_says_what_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--self-test"]) == 0
    assert capsys.readouterr().out == f"{len(CASES)} of {len(CASES)} known pairs are right\n"


@pytest.mark.parametrize("legacy", [b"HTTP/1.1 204 No Content\r\n\r\n", b"no answer"])
def test_the_command_fails_where_a_difference_is_not_found(
    legacy: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unseen = Case("unseen", legacy, legacy, frozenset(("$.mode value",)))
    monkeypatch.setattr(self_test, "CASES", (*CASES, unseen))

    assert main(["compare", "--self-test"]) == 1
    assert "wrong: unseen: " in capsys.readouterr().out
