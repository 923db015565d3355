"""Commands of a rehearsal are processes: their codes count, and they end when it is to end."""

import os
import threading

import pytest

from etl.rehearsal.running import CommandFailed, Runner, Stopped
from etl.stopping import Stop

# A module of the standard library that runs for as long as nobody ends it.
ENDLESS = ("http.server", "0", "--bind", "127.0.0.1")


@pytest.fixture
def runner() -> Runner:
    return Runner(os.environ, Stop())


def test_a_command_that_fails_is_named_with_its_code_and_its_last_words(runner: Runner) -> None:
    with pytest.raises(CommandFailed, match=r"`etl doctor --no` ended with 2: .*--no"):
        runner.run("etl", "doctor", "--no")


def test_a_code_that_is_allowed_is_an_answer(runner: Runner) -> None:
    finished = runner.run("etl", "doctor", "--no", allowed=(0, 2))

    assert (finished.code, finished.last_line.startswith("etl: error")) == (2, True)


def test_a_command_ends_with_the_rehearsal(runner: Runner) -> None:
    threading.Timer(0.5, runner.stop.request).start()

    with pytest.raises(Stopped, match="dropped"):
        runner.run(*ENDLESS)


def test_a_worker_that_ended_badly_is_noticed(runner: Runner) -> None:
    with (
        pytest.raises(CommandFailed, match="`etl follow --no` ended with 2"),
        runner.working("etl", "follow", "--no") as process,
    ):
        process.wait(timeout=60)


def wait_in_vain(runner: Runner) -> None:
    with runner.working("etl", "follow", "--no") as process:
        process.wait(timeout=60)
        raise CommandFailed("a worker ended by itself")


def test_who_waits_for_a_worker_that_ended_is_told_what_it_said(runner: Runner) -> None:
    with pytest.raises(CommandFailed, match=r"`etl follow --no` ended with 2: .*--no"):
        wait_in_vain(runner)


def test_a_worker_is_ended_with_the_block(runner: Runner) -> None:
    with pytest.raises(CommandFailed, match="-15"), runner.working(*ENDLESS) as process:
        pass

    assert process.poll() == -15
