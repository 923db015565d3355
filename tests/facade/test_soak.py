"""The soak in small: the code of `make soak`, for seconds instead of minutes."""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Callable

import pytest

from tests.soak import verdict
from tests.soak.clients import Asked
from tests.soak.evidence import Evidence
from tests.soak.ledger import Ledgers
from tests.soak.page import page
from tests.soak.run import Plan, soak
from tests.soak.verdict import Finding, judge

PLAN = Plan(seconds=16, seed=3, clients=8, pause_seconds=0.8)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return asyncio.run(soak(PLAN, tmp_path_factory.mktemp("soak")))


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside other tests a process waits for its turn for longer than in a soak that runs alone."""
    monkeypatch.setattr(verdict, "STALE_SECONDS", 8.0)
    monkeypatch.setattr(verdict, "NOTICE_SECONDS", 3.0)


def test_the_facade_survives_kills_stops_and_flips_without_a_wrong_or_lost_answer(
    evidence: Evidence,
) -> None:
    findings = judge(evidence)
    assert not [each for each in findings if each.broken], page(evidence, findings)
    kinds = {deed.kind for deed in evidence.deeds}
    upstreams, servers = {"legacy killed", "modern killed"}, {"redis stopped", "postgres stopped"}
    assert {"worker killed"} | upstreams | servers <= kinds


def written(seen: Evidence) -> Asked:
    """A flipped write that modern did."""
    return next(each for each in seen.answered if each.is_write and each.upstream == "modern")


def with_entries(seen: Evidence, times: int) -> Evidence:
    one = written(seen).request_id
    entries = {each: seen.ledgers.of(each) for each in seen.ledgers.ids}
    return dataclasses.replace(seen, ledgers=Ledgers(entries | {one: entries[one] * times}))


def with_request(seen: Evidence, **changes: object) -> Evidence:
    one = written(seen)
    others = [each for each in seen.asked if each is not one]
    return dataclasses.replace(seen, asked=[*others, dataclasses.replace(one, **changes)])


def with_rest(seen: Evidence, **changes: object) -> Evidence:
    return dataclasses.replace(seen, rest=dataclasses.replace(seen.rest, **changes))


def with_kept(seen: Evidence, **changes: object) -> Evidence:
    return dataclasses.replace(seen, kept=dataclasses.replace(seen.kept, **changes))


def without_errors(seen: Evidence) -> Evidence:
    kept = Counter({key: found for key, found in seen.metrics.items() if key[2] != "5xx"})
    return dataclasses.replace(seen, metrics=kept)


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [
        (verdict.written_once, lambda seen: with_entries(seen, 0)),
        (verdict.right_upstream, lambda seen: with_entries(seen, 0)),
        (verdict.never_twice, lambda seen: with_entries(seen, 2)),
        (verdict.right_upstream, lambda seen: with_request(seen, is_body_right=False)),
        (verdict.right_upstream, lambda seen: with_request(seen, username="somebody else")),
        (verdict.nothing_changed, lambda seen: with_request(seen, status=503)),
        (verdict.known_fates, lambda seen: with_request(seen, fate="stuck")),
        (verdict.current_epoch, lambda seen: with_request(seen, sent=1e9)),
        (verdict.in_metrics, without_errors),
        (verdict.in_log, lambda seen: dataclasses.replace(seen, log=Counter())),
        (verdict.flips_recorded, lambda seen: with_kept(seen, epochs=[1, 2, 2])),
        (verdict.flips_recorded, lambda seen: with_kept(seen, epochs=[1])),
        (verdict.compared_once, lambda seen: with_kept(seen, comparisons=Counter())),
        (verdict.compared_once, lambda seen: with_kept(seen, comparisons=Counter(same=10**6))),
        (verdict.compared_once, lambda seen: with_kept(seen, waiting=1)),
        (verdict.at_rest, lambda seen: with_rest(seen, clients=1.0)),
        (verdict.no_growth, lambda seen: with_rest(seen, memory=(50.0, 55.0, 60.0, 65.0))),
    ],
)
def test_the_judge_finds_what_is_put_into_the_evidence(
    evidence: Evidence,
    rule: Callable[[Evidence], Finding],
    spoil: Callable[[Evidence], Evidence],
) -> None:
    assert not rule(evidence).broken
    assert rule(spoil(evidence)).broken


def test_the_judge_knows_whom_an_epoch_sends_where(evidence: Evidence) -> None:
    one = written(evidence)
    epochs = range(1, len(evidence.flips.history) + 1)
    off = next(each for each in epochs if evidence.flips.rollout(each).everyone is False)
    receipt = (one.receipt[0], "modern", off, "everyone")
    assert verdict.allowed_upstream(with_request(evidence, receipt=receipt)).broken
