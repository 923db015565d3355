"""`make dev`, whole: everything comes up, the tour works as it is printed, and nothing is left."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from deploy.stack import dev, processes, state
from deploy.stack.errors import SessionRuns
from deploy.stack.layout import Layout
from deploy.stack.ports import PREFERRED
from deploy.stack.services import services
from deploy.stack.settings import CHECKOUT, StackSettings
from deploy.stack.tour import banner, tour
from tests.deploy.conftest import TERMINAL, temporary_root

RECEIPT = re.compile(r"X-Bridge-Decision: (\w+);(\w+);", re.IGNORECASE)

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with (
        temporary_root(tmp_path_factory.mktemp("session")) as root,
        dev.session(root, StackSettings(given={}, environ=TERMINAL)),
    ):
        yield root


@pytest.fixture(scope="module")
def printed(running: Path) -> str:
    """Return what a person sees who pastes the tour into a terminal."""
    text = tour(
        f"http://127.0.0.1:{state.load(Layout(running).state).ports['facade']}",
        home=Layout(running).home,
        stack=f"{sys.executable} -m deploy.stack --root {running}",
    )
    path = f"{Path(sys.executable).parent}:{TERMINAL['PATH']}"
    done = subprocess.run(
        ["bash", "-e", "-c", text],
        cwd=CHECKOUT,
        env={**TERMINAL, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_service_of_the_table_runs(running: Path) -> None:
    layout = Layout(running)
    ports = state.load(layout.state).ports
    running_now = {path.stem for path in layout.pid_file("any").parent.iterdir()}

    assert running_now == {
        *("dev", "postgres", "mariadb", "redis"),
        *(service.name for service in services(ports, home=layout.home)),
    }


def test_the_receipts_of_the_tour_tell_its_story(printed: str) -> None:
    assert RECEIPT.findall(printed) == [
        ("enrollment", "legacy"),  # before the flip
        ("enrollment", "modern"),  # ada
        ("enrollment", "legacy"),  # honor
        ("enrollment", "modern"),  # ada enrols
        ("enrollment", "legacy"),  # honor enrols
        ("enrollment", "legacy"),  # after the flip back
    ]


def test_both_sides_give_the_same_json_in_the_tour(printed: str) -> None:
    assert "the same JSON" in printed.splitlines()


def test_enrolments_reach_the_other_side_and_survive_the_flip_back(printed: str) -> None:
    answers = [line for line in printed.splitlines() if line.startswith("{")]
    users = [re.findall(r'"is_active":(\w+).*"user":"(\w+)"', answer) for answer in answers]

    assert users == [[("true", "ada")], [("true", "honor")], [("true", "ada")]]


def test_a_second_session_of_the_same_checkout_is_refused(running: Path) -> None:
    with pytest.raises(SessionRuns, match="make stop"), dev.session(running):
        pytest.fail("it started")


def test_the_banner_names_every_door() -> None:
    ports = {name: 41_000 + number for number, name in enumerate(PREFERRED)}
    text = banner(ports, home=Path("/home/of/it"), stack="stack")

    doors = ("facade", "facade_admin", "legacy_lms", "modern_lms", "modern_cms")
    assert [name for name in doors if f"http://127.0.0.1:{ports[name]}" not in text] == []
    assert "/home/of/it/log" in text


def test_ctrl_c_ends_everything_that_the_session_started(root: Path) -> None:
    environment: Mapping[str, str] = TERMINAL
    command = [sys.executable, "-m", "deploy.stack", "--root", root, "dev"]
    with subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True
    ) as session:
        assert session.stdout is not None
        for line in session.stdout:
            if line.startswith("Ctrl-C"):
                break
        started = running_below(root)
        session.send_signal(signal.SIGINT)
        session.stdout.read()

    assert session.returncode == 130
    assert len(started) >= 9
    assert [process for process in started if processes.alive(process)] == []
    assert list(Layout(root).pid_file("any").parent.iterdir()) == []


def running_below(root: Path) -> list[processes.Process]:
    files = Layout(root).pid_file("any").parent.glob("*.json")
    return [process for file in files if (process := processes.recall(file))]
