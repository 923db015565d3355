"""`facade top`: what it works out, how it looks, and that it reads a running facade."""

import asyncio
import contextlib
import fcntl
import io
import os
import pty
import signal
import struct
import sys
import termios
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from facade.admin import AdminServer, metrics
from facade.cli import main
from facade.telemetry import BUCKETS
from facade.top.exposition import Sample, Scrape
from facade.top.frame import Frame, Latency, frame, quantile
from facade.top.view import duration, rate, view
from tests.facade.conftest import World, until, world_of
from tests.facade.test_admin import report


def scrape(*reports: dict[str, Any]) -> Scrape:
    return Scrape(metrics({f"host-8000-{number}": each for number, each in enumerate(reports)}))


def cumulated(*, within: float, number: int) -> list[int]:
    """A histogram of so many requests, all in the bucket with this bound."""
    return [number * (bound >= within) for bound in BUCKETS] + [number]


def busy(**changes: Any) -> dict[str, Any]:
    requests = [["grades", "legacy", 2, 100], ["grades", "modern", 5, 20], ["x", "none", 4, 0]]
    latencies = [["legacy", cumulated(within=0.1, number=100), 5.0]]
    return report(requests=requests, latencies=latencies, **changes)


def quiet() -> dict[str, Any]:
    return report(requests=[], latencies=[], events={}, actors={"hits": 0, "lookups": 0})


def shown(found: Frame, *, width: int = 80, height: int = 24, note: str = "") -> list[str]:
    console = Console(width=width, height=height, record=True, file=io.StringIO())
    console.print(view(found, width=width, height=height, note=note))
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_rates_are_of_the_time_between_two_scrapes() -> None:
    found = frame(scrape(quiet()), scrape(busy()), seconds=2.0)
    assert found.rate == 60.0
    assert [(each.name, each.rate, each.classes) for each in found.capabilities] == [
        ("grades", 60.0, (50.0, 0.0, 0.0, 10.0))
    ]
    assert found.capabilities[0].upstreams == {"legacy": 50.0, "modern": 10.0}
    assert found.hit_rate == 9 / 11
    assert found.events == {"snapshot_invalid": 1}


def test_workers_are_added_up_and_the_worst_breaker_counts() -> None:
    pool = {"address": "a:1", "breaker": "closed", "open": 5, "idle": 1, "waiting": 2}
    other = report(epoch=6, upstreams={"legacy-lms": pool})
    found = frame(scrape(quiet()), scrape(report(), other), seconds=1.0)
    (added,) = found.pools
    assert (added.open, added.idle, added.waiting, added.breaker) == (7, 2, 6, "half-open")
    assert [(each.name, each.epoch) for each in found.workers] == [
        ("host-8000-0", 7),
        ("host-8000-1", 6),
    ]
    (hold,) = found.holds
    assert (hold.capability, hold.waiting, hold.waited, hold.expired) == ("grades", 4, 14, 2)


def test_nothing_in_this_time_is_nothing_and_not_zero() -> None:
    found = frame(scrape(busy()), scrape(busy()), seconds=1.0)
    assert (found.rate, found.capabilities, found.hit_rate) == (0.0, [], None)
    assert found.latencies["legacy"] == Latency(None, None)


@given(st.lists(st.floats(0.0, 29.0), min_size=1), st.floats(0.01, 1.0))
def test_a_quantile_lies_in_the_bucket_of_the_true_one(times: list[float], share: float) -> None:
    counts = [(bound, sum(time <= bound for time in times)) for bound in BUCKETS]
    samples = [Sample({"le": str(bound)}, number) for bound, number in counts]
    found = quantile([*samples, Sample({"le": "+Inf"}, len(times))], share)
    wanted = share * len(times)
    upper = min(bound for bound, number in counts if number >= wanted)
    lower = max((bound for bound in BUCKETS if bound < upper), default=0.0)
    assert found is not None
    assert lower <= found <= upper


def test_beyond_the_last_bound_a_quantile_is_that_bound() -> None:
    assert quantile([Sample({"le": "30.0"}, 0), Sample({"le": "+Inf"}, 4)], 0.5) == 30.0


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "·"), (0.25, "0.2"), (9.9, "9.9"), (10.4, "10"), (9999.0, "9999"), (12_345.0, "12k")],
)
def test_a_rate_takes_five_characters_at_the_most(value: float, text: str) -> None:
    assert rate(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "·"), (0.0012, "1.2 ms"), (0.25, "250 ms"), (2.5, "2.5 s")],
)
def test_a_duration_says_its_unit(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_a_screen_of_80_by_24_holds_everything_that_matters() -> None:
    many = [[f"capability-{number:02}", "legacy", 2, 100 - number] for number in range(40)]
    before, after = scrape(quiet(), quiet()), scrape(busy(), report(requests=many, epoch=6))
    lines = shown(frame(before, after, seconds=1.0), note="no answer")
    assert len(lines) <= 23
    assert max(map(len, lines)) <= 80
    text = "\n".join(" ".join(line.split()) for line in lines)
    assert lines[0].startswith("facade  no answer  3340 requests/s  6 clients  identities cached")
    for wanted in (
        "legacy-lms 4 2 8 half-open host-8000-1 6 3",
        "\nhost-8000-0 7 3\n",
        "\ngrades 4 14 2\n",
        "\ncapability-00 100 100 · · · 100 ·\n",
    ):
        assert wanted in text
    assert lines[-1].split()[1] == "more"


def test_many_workers_are_cut_and_those_that_lag_come_first() -> None:
    reports = [report(epoch=9), *(report(epoch=10) for _ in range(20)), report(epoch=8)]
    text = "\n".join(shown(frame(scrape(quiet()), scrape(*reports), seconds=1.0)))
    assert text.index("host-8000-21") < text.index("host-8000-0 ") < text.index("host-8000-1 ")
    assert "15 more" in text


@pytest.mark.parametrize(
    ("width", "name"), [(80, "…es-pod-8000-1"), (140, "a-long-kubernetes-pod-8000-1")]
)
def test_of_a_long_worker_name_the_end_is_seen(width: int, name: str) -> None:
    reports = {f"a-long-kubernetes-pod-8000-{number}": report() for number in range(2)}
    found = frame(scrape(quiet()), Scrape(metrics(reports)), seconds=1.0)
    lines = shown(found, width=width)
    assert max(map(len, lines)) <= width
    assert f" {name} " in "\n".join(lines)


@contextlib.asynccontextmanager
async def admin_of(world: World) -> AsyncIterator[str]:
    async def reports() -> dict[str, Any]:
        return {"w": world.server.report()}

    server = await asyncio.start_server(AdminServer(reports, wanted=1).handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def test_once_prints_one_look_at_a_running_facade(capsys: pytest.CaptureFixture[str]) -> None:
    async with world_of() as world, admin_of(world) as url, world.client() as client:
        watching = asyncio.create_task(
            asyncio.to_thread(main, ["top", "--once", "--every", "0.5", "--admin", url])
        )
        while not watching.done():
            await client.get("/u/ada")
        assert await watching == 0
    printed = capsys.readouterr().out
    assert printed.startswith("facade  ")
    assert "\naccounts " in printed
    assert "\nlegacy-lms " in printed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--admin", "http://127.0.0.1:1"), "is the facade running?"),
        (("--admin", "127.0.0.1"), "--admin is not a URL"),
        (("--every", "0"), "--every must be 0.1 or more"),
    ],
)
def test_what_cannot_be_watched_is_said_in_one_line(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["top", "--once", *words]) == 2
    found = capsys.readouterr()
    assert (found.out, found.err.count("\n")) == ("", 1)
    assert said in found.err


async def test_another_server_is_not_taken_for_the_facade(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["top", "--once", "--admin", world.legacy.url]
    assert await asyncio.to_thread(main, words) == 2
    assert "not the facade's admin port" in capsys.readouterr().err


async def test_live_it_stays_while_the_facade_is_away_and_ends_with_control_c(world: World) -> None:
    """In a terminal of its own, as it draws on the whole screen."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    async with contextlib.AsyncExitStack() as life:
        url = await life.enter_async_context(admin_of(world))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "facade", "top", "--every", "0.1", "--admin", url),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm"},
        )
        os.close(theirs)
        os.set_blocking(ours, False)
        screen = Screen(ours)
        await until(lambda: "legacy-lms" in screen.read())
        await life.aclose()
        await until(lambda: "no answer" in screen.read())
        process.send_signal(signal.SIGINT)
        # A terminal that nobody reads would stop it in its last words.
        await until(lambda: "no answer" in screen.read() and process.returncode is not None)
        assert process.returncode == 0
        assert "Traceback" not in screen.read()
    os.close(ours)


class Screen:
    """What was drawn so far."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._text = ""

    def read(self) -> str:
        with contextlib.suppress(BlockingIOError, OSError):  # OSError: the other end is closed
            while data := os.read(self._descriptor, 65536):
                self._text += data.decode(errors="replace")
        return self._text
