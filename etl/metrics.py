"""The status in Prometheus' text format, to be scraped by whatever runs `etl status`; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from etl.back.conflicts import Count
from etl.status import FollowerStatus, Status

_Sample = tuple[Mapping[str, str], float]


@dataclass(frozen=True, slots=True)
class _Metric:
    """One metric with its samples, each of labels and a number."""

    name: str
    kind: str
    help: str
    samples: Sequence[_Sample]


def lines(current: Status, conflicts: Sequence[Count]) -> Iterator[str]:
    """Give the text line by line."""
    for metric in _metrics(current, conflicts):
        yield f"# HELP etl_{metric.name} {metric.help}"
        yield f"# TYPE etl_{metric.name} {metric.kind}"
        for labels, number in metric.samples:
            yield f"etl_{metric.name}{_labels(labels)} {number:.15g}"


def _metrics(current: Status, conflicts: Sequence[Count]) -> Iterator[_Metric]:
    yield from _tables(current)
    if current.follower is not None:
        yield from _follower(current.follower)
    yield _single("outbox_waiting", current.outbox, "Modern writes that legacy does not contain.")
    settled = [({"table": one.source, "policy": one.policy}, one.count) for one in conflicts]
    yield _Metric("conflicts_total", "counter", "Writes in conflict, by what stood.", settled)
    changed = [
        ({"table": one.source, "column": one.column, "rule": one.rule}, one.count)
        for one in current.quality
    ]
    yield _Metric("quality_total", "counter", "Values that a rule changed.", changed)
    anew = [({"table": one.source, "phase": one.phase}, one.copied) for one in current.recopies]
    yield _Metric("recopy_rows", "gauge", "Rows copied anew so far, of open copies.", anew)


def _tables(current: Status) -> Iterator[_Metric]:
    tables = [({"table": table.source}, table) for table in current.tables]
    copied = [(labels, table.copied) for labels, table in tables]
    yield _Metric("rows_copied", "gauge", "Rows copied by the snapshot.", copied)
    done = [(labels, int(table.done)) for labels, table in tables]
    yield _Metric("snapshot_done", "gauge", "Whether the snapshot reached its end.", done)
    aside = [(labels, table.set_aside) for labels, table in tables]
    yield _Metric("rows_set_aside", "gauge", "Rows that could not be converted or stored.", aside)
    verified = [
        (labels, table.verified_at.timestamp(), table.different)
        for labels, table in tables
        if table.verified_at is not None
    ]
    yield _Metric(
        "verified_timestamp_seconds",
        "gauge",
        "When the last whole pass of verify began.",
        [(labels, moment) for labels, moment, _ in verified],
    )
    different = [(labels, count) for labels, _, count in verified]
    yield _Metric("rows_different", "gauge", "Rows and totals that differed in it.", different)


def _follower(follower: FollowerStatus) -> Iterator[_Metric]:
    yield _single(
        "lag_seconds", follower.lag_seconds, "Age of the last change applied; 0 at the end."
    )
    yield _single("follower_running", int(follower.running), "Whether a follower holds its lock.")
    state: _Sample = ({"state": follower.state}, 1)
    yield _Metric("follower_state", "gauge", "The state that the follower is in.", [state])


def _single(name: str, number: float, help_: str) -> _Metric:
    return _Metric(name, "gauge", help_, [({}, number)])


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
