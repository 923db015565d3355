"""The command line: what is wrong with a command is one line and exit code 2."""

import json
import subprocess
import sys
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

import pytest

from etl import cli
from tests.etl.world import World


def with_port(url: str, port: int) -> str:
    parts = urlsplit(url)
    return urlunsplit(
        parts._replace(netloc=f"{parts.username}:{parts.password}@{parts.hostname}:{port}")
    )


def with_password(url: str, password: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(
        parts._replace(netloc=f"{parts.username}:{password}@{parts.hostname}:{parts.port}")
    )


@pytest.mark.parametrize("command", ["install", "backfill", "follow", "status"])
@pytest.mark.parametrize("variable", ["DATABASE_URL", "LEGACY_DATABASE_URL"])
@pytest.mark.parametrize(
    "change", [lambda url: with_port(url, 1), lambda url: with_password(url, "x")]
)
def test_a_database_that_cannot_be_used_is_one_line(
    world: World, command: str, variable: str, change: Callable[[str], str]
) -> None:
    world.environment[variable] = change(world.environment[variable])

    outcome = world.etl(command)

    assert outcome.code == 2
    assert outcome.errors.count("\n") == 1
    assert variable in outcome.errors
    assert world.value("SELECT to_regnamespace('bridge')") is None


def test_an_unknown_table_is_answered_with_one_that_there_is(world: World) -> None:
    outcome = world.etl("backfill", "--tables", "auth_usr")

    assert outcome.code == 2
    assert outcome.errors.startswith("etl: legacy has no table auth_usr, but auth_user or ")
    assert outcome.errors.endswith(": `etl tables` lists all that can be chosen\n")


@pytest.mark.parametrize("arguments", [["backfill", "--chunk", "0"], ["nonsense"], []])
def test_a_wrong_usage_is_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.main(arguments)

    assert exit_.value.code == 2
    assert "usage: etl" in capsys.readouterr().err


def test_a_backfill_imports_nothing_that_it_does_not_use() -> None:
    statements = (
        "import importlib, sys; from etl import cli;"
        "importlib.import_module(cli.module('backfill'));"
        "print(*sys.modules)"
    )
    command = (sys.executable, "-c", statements)
    modules = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()

    unused = {"celery", "django", "kombu", "pandas", "rich", "etl.doctor", "etl.rehearsal"}
    assert "etl.copying.worker" in modules
    assert unused.isdisjoint(modules)


def test_status_says_how_far_everything_is(bridged: World) -> None:
    bridged.write("UPDATE auth_user SET last_login = '0000-00-00' WHERE id = 1")
    bridged.caught_up()
    bridged.modern.execute("UPDATE identity_user SET first_name = 'x' WHERE id = 1")

    document = json.loads(bridged.etl("status", "--json").output)
    lines = bridged.etl("status").output.splitlines()

    follower = document["follower"]
    # The log is the server's: what others write to other databases moves its end, too.
    assert follower["lag_seconds"] == 0.0 or follower["position"] != follower["log_end"]
    assert (follower["running"], follower["state"]) == (False, "following")
    assert (document["outbox"], document["conflicts"]) == (1, 0)
    assert {table["source"] for table in document["tables"] if table["done"]} >= {"auth_user"}
    assert document["quality"][0]["rule"] == "zero date"
    assert lines[0].startswith("follow: not running, at ")
    assert lines[1] == "write-back: 1 waiting, 0 conflicts"
    assert "rule: auth_user.last_login: zero date, 1 times, for example 1" in lines


def test_the_lag_is_the_age_of_the_last_change_while_more_is_to_be_applied(bridged: World) -> None:
    bridged.write("UPDATE auth_user SET first_name = 'x' WHERE id = 1")
    bridged.caught_up()
    bridged.modern.execute("UPDATE bridge.position SET source_at = now() - interval '1 hour'")
    bridged.write("UPDATE auth_user SET first_name = 'y' WHERE id = 1")

    document = json.loads(bridged.etl("status", "--json").output)

    assert document["follower"]["lag_seconds"] == pytest.approx(3600, abs=60)
