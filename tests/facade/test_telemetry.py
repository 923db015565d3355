"""What is counted and what is logged."""

import json

from facade.decide import Upstream, decision
from facade.telemetry import BUCKETS, MAX_LINES, Finished, Telemetry


def finished(*, status: int = 200, seconds: float = 0.004) -> Finished:
    chosen = decision("enrollment", Upstream.MODERN, 7, "users")
    return Finished(chosen, b"GET", "/api/x/{username}", status, seconds, 10, 2000, b"id-1")


def test_a_line_says_what_happened_in_json() -> None:
    lines: list[str] = []
    telemetry = Telemetry("w-1", lines.append)
    telemetry.finished(finished())
    assert lines == []
    telemetry.flush()
    content = json.loads("".join(lines))
    assert content.pop("at") > 0
    assert content == {
        "id": "id-1",
        "worker": "w-1",
        "method": "GET",
        "route": "/api/x/{username}",
        "status": 200,
        "capability": "enrollment",
        "upstream": "modern",
        "reason": "users",
        "epoch": 7,
        "ms": 4.0,
        "request_bytes": 10,
        "answer_bytes": 2000,
    }


def test_lines_leave_in_batches() -> None:
    writes: list[str] = []
    telemetry = Telemetry("w-1", writes.append)
    for _ in range(MAX_LINES + 1):
        telemetry.finished(finished())
    assert [write.count("\n") for write in writes] == [MAX_LINES]
    telemetry.flush()
    telemetry.flush()
    assert [write.count("\n") for write in writes] == [MAX_LINES, 1]


def test_requests_are_counted_by_outcome_and_duration() -> None:
    telemetry = Telemetry("w-1", lambda _: None)
    for status, seconds in ((200, 0.0005), (204, 0.004), (503, 99.0)):
        telemetry.finished(finished(status=status, seconds=seconds))
    report = telemetry.report()
    assert report["requests"] == [["enrollment", "modern", 2, 2], ["enrollment", "modern", 5, 1]]
    ((upstream, cumulated, seconds),) = report["latencies"]
    assert upstream == "modern"
    assert cumulated == [1, 1, *[2] * (len(BUCKETS) - 2), 3]
    assert seconds == 0.0005 + 0.004 + 99.0


def test_request_ids_do_not_repeat_in_a_worker_or_between_two() -> None:
    workers = [Telemetry(name, lambda _: None) for name in "ab"]
    assert len({worker.request_id() for worker in workers for _ in range(100)}) == 200
