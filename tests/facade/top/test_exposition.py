"""What the admin port writes is read back."""

import pytest

from facade.admin import metrics
from facade.errors import Unreachable
from facade.top.exposition import Sample, Scrape, grouped, total
from tests.facade.test_admin import report

REQUESTS = "facade_requests_total"


def scrape(number: int, worker: str = "w") -> Scrape:
    return Scrape(metrics({worker: report(requests=[["grades", "legacy", 2, number]])}))


def test_every_sample_of_the_admin_port_is_read() -> None:
    found = Scrape(metrics({"w-0": report(), "w-1": report(clients=4)}))
    assert total(found.samples("facade_clients")) == 7
    assert total(found.samples("facade_clients"), worker="w-1") == 4
    assert total(found.samples("facade_request_seconds_bucket"), le="+Inf", worker="w-0") == 5
    assert list(found.samples("facade_unknown")) == []


def test_counters_count_from_the_scrape_before() -> None:
    (grown,) = scrape(12).since(scrape(5), REQUESTS)
    assert (grown.value, grown.labels["capability"]) == (7, "grades")


def test_a_worker_that_began_anew_counts_from_zero() -> None:
    assert total(scrape(3).since(scrape(5), REQUESTS)) == 3
    assert total(scrape(3, "new").since(scrape(5), REQUESTS)) == 3


def test_samples_are_parted_by_a_label() -> None:
    samples = [Sample({"a": "x"}, 1.0), Sample({"a": "y"}, 2.0), Sample({"a": "x"}, 3.0)]
    found = grouped(samples, lambda sample: sample.labels["a"])
    assert {name: total(each) for name, each in found.items()} == {"x": 4.0, "y": 2.0}


def test_what_is_no_metric_is_refused() -> None:
    with pytest.raises(Unreachable, match="--admin"):
        Scrape("<html>")
