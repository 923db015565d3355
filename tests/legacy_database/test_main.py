import os
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from tests.legacy_database.raw import number, query
from tests.legacy_lms.database import is_loaded, load
from tests.legacy_lms.database.__main__ import STOPPED, main

SMALL = ["--users=30", "--courses=3", "--enrollments=40", "--studentmodules=50"]


def test_load_generate_and_reset_work_from_the_command_line(
    mariadb_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    at = f"--url={mariadb_database}"

    assert [main(["load", at]), main(["generate", at, *SMALL])] == [0, 0]
    assert number(mariadb_database, "SELECT COUNT(*) FROM auth_user") == 52
    assert "courseware_studentmodule: 100%, 50 rows" in capsys.readouterr().err

    assert main(["reset", at]) == 0
    assert number(mariadb_database, "SELECT COUNT(*) FROM auth_user") == 22


def test_tables_can_be_made_without_rows(mariadb_database: str) -> None:
    assert main(["load", "--no-rows", "--url", mariadb_database]) == 0
    assert number(mariadb_database, "SELECT COUNT(*) FROM auth_user") == 0


@pytest.mark.parametrize("command", ["load", "generate", "reset"])
@pytest.mark.parametrize(
    ("netloc", "says"),
    [("{user}:wrong@{host}:{port}", "refused"), ("{user}@127.0.0.1:1", "no database server")],
)
def test_a_server_that_cannot_be_used_gives_one_line_and_exit_code_2(
    mariadb: str, capsys: pytest.CaptureFixture[str], command: str, netloc: str, says: str
) -> None:
    url = urlsplit(mariadb)
    place = netloc.format(user=url.username, host=url.hostname, port=url.port)

    assert main([command, "--url", f"mysql://{place}/edxapp"]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert says in line


def test_without_a_url_the_form_of_one_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LEGACY_DATABASE_URL")

    assert main(["load"]) == 2
    assert "mysql://user:password@host:port/database" in capsys.readouterr().err


def test_generating_into_what_was_not_loaded_is_refused(
    mariadb_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "--url", mariadb_database]) == 2
    assert "load it first" in capsys.readouterr().err
    assert query(mariadb_database, "SHOW TABLES") == []


def test_an_impossible_plan_is_refused_before_anything_is_written(
    legacy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["generate", "--url", legacy, "--users=2", "--courses=2", "--enrollments=5"])

    assert code == 2
    assert "more enrolments than users times courses" in capsys.readouterr().err
    assert number(legacy, "SELECT COUNT(*) FROM auth_user") == 22


def test_sigterm_ends_a_run_after_whole_chunks(mariadb_database: str) -> None:
    load(mariadb_database)
    command = [sys.executable, "-m", "tests.legacy_lms.database", "generate"]
    with subprocess.Popen(
        [*command, "--users=10000000", "--url", mariadb_database],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    ) as process:
        assert process.stderr
        assert process.stderr.readline().startswith("auth_user:")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)

    assert process.returncode == STOPPED
    assert "Traceback" not in err
    written = number(mariadb_database, "SELECT COUNT(*) FROM auth_user")
    assert out == f"stopped: {written - 22:,} rows\n"
    assert (written - 22) % 20_000 == 0
    assert is_loaded(mariadb_database)
