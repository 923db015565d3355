"""The supervisor with small real services."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.stack import processes
from deploy.stack.errors import ServiceFailed
from deploy.stack.layout import Layout
from deploy.stack.ports import free
from deploy.stack.services import Service
from deploy.stack.supervisor import Supervisor

Supervise = Callable[..., Supervisor]

WAITS = ("-c", "import signal; signal.pause()")
ENDS = ("-c", "print('no table'); raise SystemExit(3)")
SERVES = (
    "-c",
    """
import http.server, sys
address, handler = ("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler
http.server.HTTPServer(address, handler).serve_forever()
""",
)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervise(tmp_path: Path, said: list[str]) -> Iterator[Supervise]:
    layout, started = Layout(tmp_path), list[Supervisor]()
    layout.make()

    def start(*services: Service) -> Supervisor:
        supervisor = Supervisor(
            services, layout=layout, code=tmp_path, environment=dict(os.environ), say=said.append
        )
        started.append(supervisor)
        return supervisor

    yield start
    for supervisor in started:
        supervisor.stop()


def pid(root: Path, name: str) -> int | None:
    process = processes.recall(Layout(root).pid_file(name))
    return process.pid if process else None


def tick_until(supervisor: Supervisor, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        supervisor.tick()
        time.sleep(0.02)


def test_ready_is_when_the_service_answers(supervise: Supervise, tmp_path: Path) -> None:
    port = free()
    url = f"http://127.0.0.1:{port}/"
    supervisor = supervise(Service("web", (*SERVES, str(port)), watches=(), ready_url=url))

    supervisor.wait_until_ready()

    assert pid(tmp_path, "web") is not None


def test_a_service_that_ends_is_reported_with_its_last_words_and_started_again(
    supervise: Supervise, said: list[str], tmp_path: Path
) -> None:
    supervisor = supervise(Service("etl", WAITS, watches=()))
    supervisor.tick()
    first = pid(tmp_path, "etl")
    Layout(tmp_path).log("etl").write_text("the database went away\n")
    os.kill(first, 9)

    tick_until(supervisor, lambda: pid(tmp_path, "etl") not in (first, None))

    assert said == ["etl ended; starting it again in 1 s\nthe database went away"]


def test_a_service_that_keeps_ending_ends_the_session_with_its_log(
    supervise: Supervise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.stack.crashes._LONGEST_WAIT_SECONDS", 0.0)
    supervisor = supervise(Service("etl", ENDS, watches=()))

    with pytest.raises(ServiceFailed, match=r"(?s)etl keeps ending.*no table"):
        tick_until(supervisor, lambda: False)


def test_changed_code_starts_only_the_services_that_use_it_again(
    supervise: Supervise, said: list[str], tmp_path: Path
) -> None:
    for folder in ("mine", "other"):
        (tmp_path / folder).mkdir()
    supervisor = supervise(
        Service("uses", WAITS, watches=("mine",)), Service("does-not", WAITS, watches=("other",))
    )
    supervisor.tick()
    before = {name: pid(tmp_path, name) for name in ("uses", "does-not")}

    (tmp_path / "mine" / "new.py").write_text("")
    tick_until(supervisor, lambda: pid(tmp_path, "uses") != before["uses"])

    assert pid(tmp_path, "does-not") == before["does-not"]
    assert said == ["uses starts again with the changed code"]


def test_stop_leaves_no_process_and_no_pid_file(supervise: Supervise, tmp_path: Path) -> None:
    supervisor = supervise(Service("a", WAITS, watches=()), Service("b", WAITS, watches=()))
    supervisor.tick()
    running = [pid(tmp_path, "a"), pid(tmp_path, "b")]

    supervisor.stop()

    assert [Path(f"/proc/{one}/cmdline").exists() and _is_ours(one) for one in running] == [
        False,
        False,
    ]
    assert list(Layout(tmp_path).pid_file("a").parent.iterdir()) == []


def _is_ours(one: int) -> bool:
    return sys.executable in Path(f"/proc/{one}/cmdline").read_text()
