"""The admin port's two documents."""

from typing import Any

from facade.admin import health, metrics
from facade.telemetry import BUCKETS


def report(**changes: Any) -> dict[str, Any]:
    usual = {
        "requests": [["enrollment", "modern", 2, 5]],
        "latencies": [["modern", [0] * (len(BUCKETS) - 1) + [4, 5], 1.25]],
        "events": {"snapshot_invalid": 1},
        "epoch": 7,
        "clients": 3,
        "redis": True,
        "upstreams": {
            "legacy-lms": {
                "address": "a:1",
                "breaker": "half-open",
                "open": 2,
                "idle": 1,
                "waiting": 4,
            }
        },
        "actors": {"hits": 9, "lookups": 2, "failures": 1},
        "holds": [["grades", 2, 7, 1]],
    }
    return usual | changes


def test_health_shows_the_oldest_epoch_and_every_breaker() -> None:
    found = health({"w-0": report(), "w-1": report(epoch=6, redis=False)}, wanted=3)
    assert found == {
        "status": "ok",
        "epoch": 6,
        "workers": {"wanted": 3, "running": 2},
        "redis": False,
        "upstreams": {"legacy-lms": {"address": "a:1", "breakers": ["half-open", "half-open"]}},
    }


def test_without_a_worker_nobody_is_served() -> None:
    found = health({}, wanted=1)
    assert (found["status"], found["epoch"], found["redis"]) == ("down", 0, False)


def test_metrics_hold_each_family_once_with_every_worker() -> None:
    lines = metrics({"w-0": report(), "w-1": report(clients=4)}).splitlines()
    types = [line for line in lines if line.startswith("# TYPE")]
    assert len(types) == len(set(types)) == 11
    for expected in (
        (
            "facade_requests_total{"
            'worker="w-0",capability="enrollment",upstream="modern",status="2xx"} 5'
        ),
        'facade_request_seconds_bucket{worker="w-1",upstream="modern",le="30.0"} 4',
        'facade_request_seconds_bucket{worker="w-1",upstream="modern",le="+Inf"} 5',
        'facade_request_seconds_sum{worker="w-0",upstream="modern"} 1.25',
        'facade_request_seconds_count{worker="w-0",upstream="modern"} 5',
        'facade_clients{worker="w-1"} 4',
        'facade_snapshot_epoch{worker="w-0"} 7',
        'facade_upstream_connections{worker="w-0",upstream="legacy-lms",state="idle"} 1',
        'facade_upstream_waiting{worker="w-1",upstream="legacy-lms"} 4',
        'facade_breaker_state{worker="w-0",upstream="legacy-lms"} 1',
        'facade_actor_cache_total{worker="w-0",outcome="lookups"} 2',
        'facade_held_requests{worker="w-1",capability="grades"} 2',
        'facade_held_total{worker="w-0",capability="grades",outcome="expired"} 1',
        'facade_events_total{worker="w-0",event="snapshot_invalid"} 1',
    ):
        assert expected in lines
