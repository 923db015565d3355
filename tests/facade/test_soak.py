"""The soak in small: the code of `make soak`, for seconds instead of minutes."""

from pathlib import Path

from tests.soak.page import page
from tests.soak.run import Plan, soak
from tests.soak.verdict import judge

PLAN = Plan(seconds=20, seed=3, clients=8, pause_seconds=1.0)


async def test_the_facade_survives_kills_stops_and_flips_without_a_wrong_or_lost_answer(
    tmp_path: Path,
) -> None:
    evidence = await soak(PLAN, tmp_path)
    findings = judge(evidence)
    assert not [each for each in findings if each.broken], page(evidence, findings)
    kinds = {deed.kind for deed in evidence.deeds}
    assert {"worker killed", "legacy killed", "modern killed", "redis stopped"} <= kinds
    assert min(each.tried for each in findings) > 0
