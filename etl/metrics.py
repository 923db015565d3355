"""The status in Prometheus' text format, to be scraped by whatever runs `etl status`; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from etl.back.conflicts import Count
from etl.status import FollowerStatus, Status, TableStatus

_Sample = tuple[Sequence[str], float]


@dataclass(frozen=True, slots=True)
class Metric:
    """What is told of a metric: its name behind `etl_`, its kind, its labels and its meaning."""

    name: str
    kind: str
    labels: tuple[str, ...]
    help: str


_TABLE = ("table",)
ROWS_COPIED = Metric("rows_copied", "gauge", _TABLE, "Rows copied by the snapshot.")
SNAPSHOT_DONE = Metric("snapshot_done", "gauge", _TABLE, "Whether the snapshot reached its end.")
ROWS_SET_ASIDE = Metric(
    "rows_set_aside", "gauge", _TABLE, "Rows that could not be converted or stored."
)
VERIFIED = Metric(
    "verified_timestamp_seconds", "gauge", _TABLE, "When the last whole pass of verify began."
)
DIFFERENT = Metric("rows_different", "gauge", _TABLE, "Rows and totals that differed in it.")
VERIFIER = Metric("verifier_running", "gauge", (), "Whether somebody verifies all the time.")
LAG = Metric("lag_seconds", "gauge", (), "Age of the last change applied; 0 at the end.")
FOLLOWER = Metric("follower_running", "gauge", (), "Whether a follower holds its lock.")
STATE = Metric("follower_state", "gauge", ("state",), "The state that the follower is in.")
OUTBOX = Metric("outbox_waiting", "gauge", (), "Modern writes that legacy does not contain.")
CONFLICTS = Metric(
    "conflicts_total", "counter", ("table", "policy"), "Writes in conflict, by what stood."
)
QUALITY = Metric(
    "quality_total", "counter", ("table", "column", "rule"), "Values that a rule changed."
)
RECOPIES = Metric(
    "recopy_rows", "gauge", ("table", "phase"), "Rows copied anew so far, of open copies."
)
ALL = (
    *(ROWS_COPIED, SNAPSHOT_DONE, ROWS_SET_ASIDE, VERIFIED, DIFFERENT, VERIFIER),
    *(LAG, FOLLOWER, STATE, OUTBOX, CONFLICTS, QUALITY, RECOPIES),
)


def lines(current: Status, conflicts: Sequence[Count]) -> Iterator[str]:
    """Give the text line by line."""
    for metric, samples in _samples(current, conflicts):
        yield f"# HELP etl_{metric.name} {metric.help}"
        yield f"# TYPE etl_{metric.name} {metric.kind}"
        for values, number in samples:
            yield f"etl_{metric.name}{_labels(metric.labels, values)} {number:.15g}"


def _samples(
    current: Status, conflicts: Sequence[Count]
) -> Iterator[tuple[Metric, Sequence[_Sample]]]:
    yield from _tables(current.tables)
    yield VERIFIER, [((), int(current.verifying))]
    if current.follower is not None:
        yield from _follower(current.follower)
    yield OUTBOX, [((), current.outbox)]
    yield CONFLICTS, [((one.source, one.policy), one.count) for one in conflicts]
    yield QUALITY, [((one.source, one.column, one.rule), one.count) for one in current.quality]
    yield RECOPIES, [((one.source, one.phase), one.copied) for one in current.recopies]


def _tables(tables: Sequence[TableStatus]) -> Iterator[tuple[Metric, Sequence[_Sample]]]:
    yield ROWS_COPIED, [((one.source,), one.copied) for one in tables]
    yield SNAPSHOT_DONE, [((one.source,), int(one.done)) for one in tables]
    yield ROWS_SET_ASIDE, [((one.source,), one.set_aside) for one in tables]
    verified = [(one, one.verified_at) for one in tables if one.verified_at is not None]
    yield VERIFIED, [((one.source,), moment.timestamp()) for one, moment in verified]
    yield DIFFERENT, [((one.source,), one.different) for one, _ in verified]


def _follower(follower: FollowerStatus) -> Iterator[tuple[Metric, Sequence[_Sample]]]:
    yield LAG, [((), follower.lag_seconds)]
    yield FOLLOWER, [((), int(follower.running))]
    yield STATE, [((follower.state,), 1)]


def _labels(names: Sequence[str], values: Sequence[str]) -> str:
    if not names:
        return ""
    pairs = zip(names, values, strict=True)
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
