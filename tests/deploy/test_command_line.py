"""`python -m deploy.stack` as a person uses it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from deploy.stack.layout import Layout
from deploy.stack.settings import CHECKOUT
from tests.deploy.conftest import TERMINAL


def stack(root: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.stack", "--root", root, *words],
        cwd=CHECKOUT,
        env=TERMINAL | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_env_prints_lines_that_a_shell_evaluates(root: Path) -> None:
    printed = stack(root, "env")

    shell = subprocess.run(
        ["bash", "-c", f'{printed.stdout}\necho "$EDX_API_KEY ${{#BRIDGE_KEY}} $DATABASE_URL"'],
        capture_output=True,
        text=True,
        check=True,
    )

    key, length, url = shell.stdout.split()
    assert (key, length) == ("lab-edx-api-key", "48")
    assert url.startswith("postgresql://modern:")


def test_up_prints_no_password(root: Path) -> None:
    secret = stack(root, "env").stdout.partition("//modern:")[2].partition("@")[0]

    printed = stack(root, "up")

    assert printed.returncode == 0
    assert len(secret) == 48
    assert secret not in printed.stdout


def test_bad_input_is_one_line_that_names_the_way_out_and_code_2(root: Path) -> None:
    printed = stack(root, "up", REDIS_URL="redis://127.0.0.1:1/0")

    assert printed.returncode == 2
    assert printed.stderr.count("\n") == 1
    assert printed.stderr.startswith("error: REDIS_URL is set but its server cannot be used")


def test_damaged_state_is_named_and_left_alone(root: Path) -> None:
    layout = Layout(root)
    layout.make()
    layout.state.write_text("not what was written")

    printed = stack(root, "up")

    assert printed.returncode == 2
    assert printed.stderr == (
        f"error: {layout.state} cannot be used (it is not what the stack wrote): "
        "remove it and try again\n"
    )


def test_ctrl_c_while_servers_start_leaves_nothing_behind(root: Path) -> None:
    layout = Layout(root)
    command = [sys.executable, "-m", "deploy.stack", "--root", root, "up"]
    with subprocess.Popen(command, cwd=CHECKOUT, env=TERMINAL) as starting:
        deadline = time.monotonic() + 60
        while not layout.pid_file("postgres").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        starting.send_signal(signal.SIGINT)

    assert starting.returncode == 130
    assert list((layout.home / "run").iterdir()) == []
    assert processes_below(layout.home) == []


def processes_below(folder: Path) -> list[str]:
    """Return the command lines of all processes that name the data of this stack."""
    data = str((folder / "data").resolve())
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")]
    return [line.decode() for line in lines if data.encode() in line]
