"""How alike the two systems answer, by capability: as a person reads it, or as JSON."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from facade.compare.statistics import Rate, wilson
from facade.parity import divergences
from facade.parity.divergences import COMPARED, TOTAL, Cluster, RuleUse
from facade.shadow.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from psycopg import Connection

TOP: Final = 10
"""Clusters of a capability that are printed."""


@dataclass(frozen=True, slots=True)
class CapabilityParity:
    """How alike the answers of one capability are; `others` are the samples that were not compared,
    by the reason.
    """

    capability: str
    compared: int
    different: int
    lag: int
    rate: Rate
    noise_compared: int
    noise_different: int
    others: Mapping[str, int]
    clusters: tuple[Cluster, ...]


@dataclass(frozen=True, slots=True)
class Parity:
    """All of it since a moment."""

    since: dt.datetime
    capabilities: tuple[CapabilityParity, ...]
    rules: tuple[RuleUse, ...]
    pipeline: Mapping[str, int]
    """What went wrong on the way: reports that were lost or could not be read."""


def read_parity(
    connection: Connection[Any], *, since: dt.datetime, capability: str | None
) -> Parity:
    """Read how alike the answers were since a moment, of one capability or of all."""
    counts = divergences.outcomes(connection, since=since)
    pipeline = counts.pop(TOTAL, {})
    clusters = divergences.clusters(connection, since=since, capability=capability)
    return Parity(
        since=since,
        capabilities=tuple(
            _capability(name, found, [each for each in clusters if each.capability == name])
            for name, found in counts.items()
            if capability in (None, name)
        ),
        rules=tuple(divergences.rule_uses(connection, since=since)),
        pipeline=pipeline,
    )


def as_json(parity: Parity) -> dict[str, Any]:
    """Give the page as JSON has it: moments as text, rates by name."""
    document = asdict(parity)
    for each, found in zip(document["capabilities"], parity.capabilities, strict=True):
        each["rate"] = found.rate._asdict()
    plain: dict[str, Any] = _plain(document)
    return plain


def as_lines(parity: Parity) -> Iterator[str]:
    """Give the page as a person reads it."""
    yield f"since {parity.since:%Y-%m-%d %H:%M} UTC"
    if not parity.capabilities:
        yield "nothing was compared: is a rollout shadowed, and `facade compare` running?"
    for each in parity.capabilities:
        yield from _capability_lines(each)
    for rule in parity.rules:
        yield f"rule {rule.name}: hid {rule.ignored} differences" + (
            f"; EXPIRED, {rule.expired} count again" if rule.expired else ""
        )
    for reason, number in parity.pipeline.items():
        yield f"{reason}: {number}"


def _capability(name: str, counts: dict[str, int], clusters: list[Cluster]) -> CapabilityParity:
    compared = sum(counts.get(outcome, 0) for outcome in COMPARED)
    different = counts.get(Outcome.DIFFERENT, 0)
    noise = counts.get(Outcome.NOISE_DIFFERENT, 0)
    accounted = {*COMPARED, Outcome.NOISE_SAME, Outcome.NOISE_DIFFERENT}
    return CapabilityParity(
        capability=name,
        compared=compared,
        different=different,
        lag=counts.get(Outcome.LAG, 0),
        rate=wilson(different, compared),
        noise_compared=noise + counts.get(Outcome.NOISE_SAME, 0),
        noise_different=noise,
        others={outcome: n for outcome, n in counts.items() if outcome not in accounted},
        clusters=tuple(clusters),
    )


def _capability_lines(parity: CapabilityParity) -> Iterator[str]:
    rate = parity.rate
    yield (
        f"{parity.capability}: {parity.different} of {parity.compared} answers differ, "
        f"{_percent(rate.share)} (95 %: {_percent(rate.low)} to {_percent(rate.high)})"
    )
    if parity.lag:
        yield f"  {parity.lag} differed until the follower had passed"
    if parity.noise_compared:
        yield (
            f"  noise: legacy differs from itself in {parity.noise_different} "
            f"of {parity.noise_compared} answers"
        )
    if parity.others:
        reasons = ", ".join(f"{name} {number}" for name, number in parity.others.items())
        yield f"  not compared: {reasons}"
    for cluster in parity.clusters[:TOP]:
        yield f"  {cluster.count} x {cluster.route}  {cluster.path}  {cluster.kind}" + (
            f"  (and {cluster.noise} x in legacy itself)" if cluster.noise else ""
        )
        yield f"      legacy {cluster.legacy}, modern {cluster.modern}; {cluster.signature}"
    if len(parity.clusters) > TOP:
        yield f"  and {len(parity.clusters) - TOP} clusters more: --json has all"


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value
