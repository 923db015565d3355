"""`etl rehearse` from end to end, on databases of its own that are gone afterwards."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from deploy.stack import Servers
from deploy.stack.reach import connect_mysql
from etl import cli
from etl.rehearsal.plan import Plan
from etl.rehearsal.rehearsing import Rehearsal
from etl.rehearsal.running import Runner
from etl.rehearsal.servers import LEGACY
from etl.stopping import Stop
from tests.etl.world import wait_until

SMALL = ("rehearse", "--learners", "40", "--seconds", "3", "--rate", "40")


def databases(servers: Servers, pid: int) -> list[str]:
    """Name the databases of a rehearsal's process on both servers."""
    with psycopg.connect(servers.database_url) as connection:
        rows = connection.execute("SELECT datname FROM pg_database").fetchall()
    with connect_mysql(servers.legacy_database_url) as legacy, legacy.cursor() as cursor:
        cursor.execute("SHOW DATABASES")
        rows += cursor.fetchall()
    return sorted(name for (name,) in rows if name.endswith(f"rehearsal_{pid}"))


@pytest.mark.timeout(600)
def test_a_generated_database_is_migrated_and_the_evidence_says_so(
    servers: Servers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"

    code = cli.main([*SMALL, "--html", str(page)])

    output = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert code == 0, output
    assert output.count("held ") == 9, output
    assert "held both sides wrote learner state" in output
    assert re.search(r"courseware_studentmodule legacy \d+", output)
    assert "rehearsal passed: 40 learners, 800 states" in output
    assert "8 of 8</b> claims held" in page.read_text("utf-8")
    assert databases(servers, os.getpid()) == []


def test_asked_to_end_it_ends_and_leaves_nothing_behind(servers: Servers) -> None:
    with subprocess.Popen(
        (sys.executable, "-m", "etl", *SMALL), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "make legacy's tables\n"
        wait_until(lambda: len(databases(servers, process.pid)) == 2, seconds=60)
        process.send_signal(signal.SIGTERM)
        assert "stopped before the end" in process.stderr.read()
        assert process.wait() == 1

    assert databases(servers, process.pid) == []


def test_a_command_that_fails_is_evidence_against(servers: Servers) -> None:
    nowhere = os.environ | {LEGACY: "mysql://nobody@127.0.0.1:9/edxapp_rehearsal"}
    plan = Plan.of(learners=10, rows=None, seconds=1, rate=1)

    evidence = Rehearsal(Runner(nowhere, Stop()), plan, lambda _: None).run()

    assert not evidence.passed
    assert not evidence.complete
    assert [claim.words for claim in evidence.claims] == ["every command does its work"]


@pytest.mark.parametrize("arguments", [("--html", "/"), ("--html", "/no/such/folder/page.html")])
def test_a_page_that_cannot_be_written_is_refused_at_once(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert cli.main(["rehearse", *arguments]) == 2
    assert "name a file in a folder" in capsys.readouterr().err


def test_configured_servers_have_to_be_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEGACY_DATABASE_URL")

    assert cli.main(["rehearse", "--configured"]) == 2
    assert "LEGACY_DATABASE_URL is not set" in capsys.readouterr().err
