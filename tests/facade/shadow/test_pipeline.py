"""From a learner's request to the page of parity: facade, Redis, PostgreSQL and both commands."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import redis

from facade.cli import main
from facade.compare.settings import ParitySettings
from facade.parity.worker import working
from facade.shadow.report import LAG_KEY, STREAM
from tests.facade.conftest import until
from tests.facade.shadow.conftest import ADA, READ, Shadowed, saying

SECRET = "ada.lovelace@example.org"


@pytest.fixture
def settings(postgres: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> ParitySettings:
    monkeypatch.setenv("DATABASE_URL", postgres)
    return ParitySettings(database_url=postgres, redis_url=redis_url)


def rows(settings: ParitySettings) -> str:
    """Everything in the tables of parity, as text."""
    names = ("parity", "divergence", "parity_rule", "parity_reporter")
    with psycopg.connect(settings.database_url) as connection:
        found = [connection.execute(f"SELECT t::text FROM bridge.{each} t") for each in names]
        return repr([each.fetchall() for each in found])


async def compared(shadowed: Shadowed) -> None:
    """Two requests: one answered alike, one differently, and a report of both."""
    await shadowed.ask()
    await shadowed.counted(same=1)
    shadowed.world.legacy.scripts[READ] = saying({"name": SECRET, "mode": "honor"})
    shadowed.world.modern.scripts[READ] = saying({"name": SECRET + "x", "mode": "honor"})
    await shadowed.ask(ADA)
    await shadowed.counted(same=1, different=1)
    await until(lambda: sum(n for each in shadowed.reports() for _, _, n in each["counts"]) == 2)


async def test_what_the_shadow_finds_is_on_the_page(
    shadowed: Shadowed, settings: ParitySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    await compared(shadowed)

    assert command("compare", "--once").returncode == 0

    assert shadowed.redis.xlen(STREAM) == 0
    assert main(["parity"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "enrollment: 1 of 2 answers differ, 50 % (95 %: 9.45 % to 90.5 %)"
    assert lines[2] == f"  1 x {READ}  $.name  value"
    assert lines[3].startswith("      legacy string(24) ~")
    assert SECRET not in rows(settings)


async def test_the_page_as_json(
    shadowed: Shadowed, settings: ParitySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    await compared(shadowed)
    command("compare", "--once")

    assert main(["parity", "enrollment", "--json"]) == 0

    (found,) = json.loads(capsys.readouterr().out)["capabilities"]
    assert (found["compared"], found["different"], found["lag"]) == (2, 1, 0)
    assert found["rate"] == pytest.approx({"share": 0.5, "low": 0.0945, "high": 0.9055}, abs=1e-4)
    assert [each["path"] for each in found["clusters"]] == ["$.name"]


def test_the_worker_works_until_sigterm(settings: ParitySettings) -> None:
    with redis.Redis.from_url(settings.redis_url) as client:
        client.xadd(STREAM, {b"report": b"nonsense"})
        with command_running("compare") as worker:
            assert worker.stdout is not None
            assert worker.stdout.readline().startswith("reports go from Redis into bridge.parity")
            # It blocks for a second at an empty stream; the report is taken before.
            while client.xlen(STREAM):
                assert worker.poll() is None
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(60) == 0

    assert "reports_unreadable" in rows(settings)


def test_the_worker_says_how_far_the_follower_is_behind(settings: ParitySettings) -> None:
    with working(settings) as worker:
        worker.connection.execute(
            "CREATE TABLE bridge.position (source_at timestamptz, heard_at timestamptz NOT NULL)"
        )
        worker.connection.execute(
            "INSERT INTO bridge.position VALUES (now() - '7s'::interval, now())"
        )

        assert worker.step(wait_seconds=0) == 0

        assert worker.redis.get(LAG_KEY) == b"7.000"


def test_a_report_whose_commit_fails_stays_in_the_stream(settings: ParitySettings) -> None:
    with working(settings) as worker:
        worker.redis.xadd(STREAM, {b"report": b"nonsense"})
        worker.connection.execute("DROP TABLE bridge.parity")

        with pytest.raises(psycopg.errors.UndefinedTable):
            worker.step(wait_seconds=0)

        assert worker.redis.xlen(STREAM) == 1


def test_only_one_worker_is_at_work(settings: ParitySettings) -> None:
    with working(settings):
        refused = command("compare", "--once")

    assert refused.returncode == 2
    assert refused.stderr == (
        "facade: another `facade compare` is at work on this database: stop it first\n"
    )


@pytest.mark.parametrize(
    ("arguments", "changes", "problem"),
    [
        (["compare"], {"REDIS_URL": ""}, "REDIS_URL is not set to a URL of the form redis://"),
        (["parity"], {"DATABASE_URL": "mysql://a"}, "DATABASE_URL is not set to a URL of the form"),
        (["compare"], {"REDIS_URL": "redis://127.0.0.1:1/0"}, "REDIS_URL: the server does not"),
        (["compare"], {"DATABASE_URL": "postgresql://127.0.0.1:1/a"}, "DATABASE_URL: the server"),
        (["parity"], {"DATABASE_URL": "postgresql://127.0.0.1:1/a"}, "DATABASE_URL: PostgreSQL"),
        (["parity"], {}, "nothing was compared yet: run `facade compare`"),
        (["parity", "enrolment"], {}, "enrolment"),
        (["parity", "--hours", "0"], {}, "--hours must be 1 or more"),
        (["compare", "--self-test"], {"FACADE_PARITY_RULES": "/none"}, "comparison rules: /none"),
    ],
)
def test_bad_input_gives_one_line_and_code_2(
    settings: ParitySettings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    changes: dict[str, str],
    problem: str,
) -> None:
    for name, value in changes.items():
        monkeypatch.setenv(name, value)

    with unchanged_signals():
        assert main(arguments) == 2

    error = capsys.readouterr().err
    assert problem in error
    assert error.count("\n") == 1


def test_an_empty_page_says_what_may_be_missing(
    settings: ParitySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    with working(settings):
        pass

    assert main(["parity"]) == 0
    assert "nothing was compared: is a rollout shadowed" in capsys.readouterr().out


def test_the_rules_of_the_installation_are_checked_and_expired_ones_named(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(
        "[[ignore]]\nname = 'modes'\npath = '$.mode'\nowner = 'us'\nreason = 'agreed'\n"
        "expires = 2020-01-01\n"
    )
    monkeypatch.setenv("FACADE_PARITY_RULES", str(rules))

    assert main(["compare", "--self-test"]) == 0
    assert capsys.readouterr().out.startswith("rule modes of us expired on 2020-01-01")


def test_a_process_that_serves_learners_has_no_sql() -> None:
    loaded = "import sys, facade.cli, facade.server; print('psycopg' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, check=True)

    assert done.stdout == b"False\n"


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `facade` in a process of its own."""
    words = [sys.executable, "-m", "facade", *arguments]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


@contextlib.contextmanager
def command_running(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    words = [sys.executable, "-m", "facade", *arguments]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        yield process


@contextlib.contextmanager
def unchanged_signals() -> Iterator[None]:
    """Give the test's process its handlers back: the command has it end by them."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
