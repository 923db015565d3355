"""The doctor on real servers: what it finds, what it leaves alone, how it stops and goes on."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from pymysql.cursors import Cursor

from etl import mysql
from etl.doctor import asking, problems
from etl.errors import LogUnreadable
from etl.settings import LegacyAddress
from tests.etl.doctor.conftest import Patient
from tests.etl.world import wait_until
from tests.legacy_lms.database import loader

ADA = "7"
USERS, PROFILES, ENROLLMENTS = "auth_user", "auth_userprofile", "student_courseenrollment"
COURSES = "course_overviews_courseoverview"
NOBODY = "1000000001"
PLANTED = (
    (USERS, "last_login = '0000-00-00'", "last_login", "zero date", "note"),
    (USERS, "date_joined = '2015-00-10'", "date_joined", "zero date", "note"),
    (USERS, "is_staff = 2", "is_staff", "true from neither 0 nor 1", "note"),
    (USERS, "first_name = CONCAT('a', CHAR(0))", "first_name", "NUL character", "note"),
    (USERS, "last_name = 'GarcÃ\xada'", "last_name", "looks like UTF-8 read as latin1", "note"),
    (USERS, "first_name = 'Ada ????'", "first_name", "characters were lost", "note"),
    (USERS, "last_name = REPEAT('é', 30)", "last_name", "as long as the column allows", "note"),
    (PROFILES, "meta = '{\"cut'", "meta", "not valid JSON", "warning"),
    (PROFILES, 'meta = \'{"a": "\\\\u0000"}\'', "meta", "not valid JSON", "warning"),
    (PROFILES, f"user_id = {NOBODY}", "user_id", "refers to a row that is not there", "warning"),
)
IN_ENROLMENTS = (
    ("'Gone/GONE/2012'", "refers to a course without an overview", "note"),
    ("UPPER(course_id)", "spelled otherwise than what it refers to", "warning"),
    ("CONCAT(course_id, ' ')", "spelled otherwise than what it refers to", "warning"),
)


def test_the_recorded_installation_has_nothing_worse_than_a_note(patient: Patient) -> None:
    outcome = patient.doctor()

    assert outcome.code == 0
    assert outcome.output.splitlines()[:2] == [
        "note: sql_mode: is empty",
        "    legacy cut what was too long and said nothing: it is copied as it stands",
    ]
    assert len(outcome.output.splitlines()) == 3
    assert "0 blockers, 0 warnings, 1 note" in outcome.output
    assert "the recorded release of mid-2016" in patient.doctor("--quick", "--json").output


@pytest.mark.parametrize(
    ("table", "change", "column", "problem", "severity"), PLANTED, ids=[p[3] for p in PLANTED]
)
def test_each_planted_blemish_is_found_with_its_key(
    patient: Patient, table: str, change: str, column: str, problem: str, severity: str
) -> None:
    patient.write(f"UPDATE {table} SET {change} WHERE id = 7")

    (_, finding) = sorted(
        patient.found("--tables", table), key=lambda f: f["subject"] != "sql_mode"
    )

    assert finding["subject"] == f"{table}.{column}"
    assert (finding["found"], finding["severity"]) == (problem, severity)
    assert (finding["count"], finding["examples"]) == (1, [ADA])
    assert finding["rule"]


@pytest.mark.parametrize(("course", "problem", "severity"), IN_ENROLMENTS)
def test_a_reference_to_a_course_is_compared_byte_by_byte(
    patient: Patient, course: str, problem: str, severity: str
) -> None:
    patient.write(f"UPDATE {ENROLLMENTS} SET course_id = {course} ORDER BY id LIMIT 1")

    (finding,) = [f for f in patient.found("--tables", ENROLLMENTS) if f["check"] == "data"]

    assert (finding["subject"], finding["found"]) == (f"{ENROLLMENTS}.course_id", problem)
    assert (finding["severity"], finding["count"]) == (severity, 1)


def test_tables_of_different_collations_are_compared_all_the_same(patient: Patient) -> None:
    patient.write(f"UPDATE {ENROLLMENTS} SET course_id = UPPER(course_id) ORDER BY id LIMIT 1")
    as_it_was = f"ALTER TABLE {ENROLLMENTS} MODIFY course_id varchar(255) NOT NULL"
    patient.write(f"{as_it_was.removesuffix('NOT NULL')} COLLATE utf8mb4_bin NOT NULL")
    try:
        found = [f["found"] for f in patient.found("--tables", ENROLLMENTS)]
    finally:
        patient.write(as_it_was)

    assert found == ["spelled otherwise than what it refers to", "is empty"]


def test_accounts_that_share_an_address_are_told_from_those_that_nearly_do(
    patient: Patient,
) -> None:
    for person, address in ((7, "ada@x.org"), (8, "ada@x.org"), (9, "ADA@x.org "), (10, "")):
        patient.write("UPDATE auth_user SET email = %s WHERE id = %s", address, person)
    patient.write("UPDATE auth_user SET email = '' WHERE id = 11")

    found = [f for f in patient.found("--tables", USERS, "--chunk", "3") if f["check"] == "data"]

    assert [(f["found"], f["count"], f["examples"]) for f in found] == [
        ("equal to another but for case, accents or trailing spaces", 1, ["9"]),
        ("the same as another", 2, ["7", "8"]),
    ]


def test_names_that_only_a_binary_collation_keeps_apart_are_found(patient: Patient) -> None:
    as_it_was = "ALTER TABLE auth_user MODIFY username varchar(30) NOT NULL"
    patient.write(f"{as_it_was.removesuffix('NOT NULL')} COLLATE utf8mb3_bin NOT NULL")
    patient.write("UPDATE auth_user SET username = IF(id = 7, 'Zoé', 'zoe') WHERE id IN (7, 8)")
    try:
        (finding,) = [f for f in patient.found("--tables", USERS) if f["check"] == "data"]
    finally:
        patient.write("UPDATE auth_user SET username = 'ada' WHERE id = 7")
        patient.write(as_it_was)

    assert finding["subject"] == "auth_user.username"
    assert (finding["found"], finding["examples"]) == (problems.SAME_BUT_CASE, ["7", "8"])


def test_a_problem_is_counted_fully_and_shown_five_times(patient: Patient) -> None:
    patient.write("UPDATE auth_user SET is_active = -1 ORDER BY id LIMIT 9")

    outcome = patient.doctor("--tables", USERS, "--chunk", "2")

    line = next(line for line in outcome.output.splitlines() if "is_active" in line)
    assert re.search(r"\(9: (\d+, ){5}…\)$", line)


def test_a_warning_is_code_1(patient: Patient) -> None:
    patient.write("UPDATE auth_userprofile SET meta = '{' WHERE id = 7")

    assert patient.doctor("--tables", PROFILES).code == 1


def test_nothing_is_changed_and_nothing_is_logged(patient: Patient) -> None:
    before = loader.checksums(patient.url)
    file, position = log_end(patient)

    patient.doctor()

    assert loader.checksums(patient.url) == before
    with patient.legacy.cursor() as cursor:
        cursor.execute(f"SHOW BINLOG EVENTS IN '{file}' FROM {position}")
        events = [str(event) for event in cursor.fetchall()]
    assert [event for event in events if urlsplit(patient.url).path[1:] in event] == []


def test_the_doctors_session_cannot_write(patient: Patient) -> None:
    with contextlib.closing(mysql.connect(LegacyAddress.parse(patient.url))) as connection:
        source = mysql.Source(connection)
        asking.read_facts(source)

        with pytest.raises(LogUnreadable, match="READ ONLY transaction"):
            source.fetch("UPDATE auth_user SET is_active = 2")


def log_end(patient: Patient) -> tuple[str, int]:
    with patient.legacy.cursor() as cursor:
        cursor.execute("SHOW MASTER STATUS")
        (file, position, *_) = cursor.fetchone() or ("", 0)
    return str(file), int(position)


def found_with(patient: Patient, administrator: Cursor, *grants: str) -> list[dict[str, Any]]:
    """What the doctor finds as a user who has these grants and no others."""
    name, address = urlsplit(patient.url).path[1:], urlsplit(patient.url)
    user = f"reader_{os.getpid()}"
    administrator.execute(f"CREATE USER '{user}'@'127.0.0.1' IDENTIFIED BY 'reads'")
    for grant in grants:
        administrator.execute(f"GRANT {grant.format(name=name)} TO '{user}'@'127.0.0.1'")
    netloc = f"{user}:reads@{address.hostname}:{address.port}"
    try:
        return Patient(urlunsplit(address._replace(netloc=netloc)), patient.legacy).found()
    finally:
        administrator.execute(f"DROP USER '{user}'@'127.0.0.1'")


def test_a_user_who_may_only_select_gets_findings_and_no_error(
    patient: Patient, administrator: Cursor
) -> None:
    found = found_with(patient, administrator, "SELECT ON `{name}`.*")

    missing = {f["subject"] for f in found if f["severity"] == "blocker"}
    assert missing == {
        *("REPLICATION SLAVE", "REPLICATION CLIENT", "CREATE", "INSERT", "UPDATE", "DELETE")
    }
    unseen = [f["subject"] for f in found if f["found"].startswith("cannot be seen: ")]
    assert unseen == ["log filter"]
    assert len(found) == len(missing) + len(unseen) + 1


def test_a_table_that_may_not_be_read_is_a_finding_and_the_others_are_read(
    patient: Patient, administrator: Cursor
) -> None:
    found = found_with(
        patient, administrator, "SELECT ON `{name}`.auth_group", "SELECT (id) ON `{name}`.auth_user"
    )

    assert {f["severity"] for f in found if f["subject"] == "SELECT"} == {"blocker"}
    assert any(f["found"] == "mapped table that is missing" for f in found)


def process(patient: Patient, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        (sys.executable, "-m", "etl", "doctor", *arguments),
        env=os.environ | patient.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def rows_kept(state: Path) -> int:
    if not state.exists():
        return 0
    passes = json.loads(state.read_text())["passes"]
    return sum(tally["rows"] for tally in passes.values())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_was_cut_goes_on_and_finds_what_one_run_finds(
    patient: Patient, tmp_path: Path, number: signal.Signals
) -> None:
    patient.write("UPDATE auth_user SET is_active = 2")
    whole = json.loads(patient.doctor("--json").output)
    state = tmp_path / "state.json"
    # At this load a range of one row is followed by a rest of a second or so.
    first = process(patient, "--state", str(state), "--chunk", "1", "--load", "0.002")
    wait_until(lambda: rows_kept(state) >= 2)
    first.send_signal(number)
    output, errors = first.communicate(timeout=60)
    kept = rows_kept(state)

    second = json.loads(patient.doctor("--state", str(state), "--json").output)

    assert 2 <= kept < whole["rows"]
    assert (second["findings"], second["rows"]) == (whole["findings"], whole["rows"])
    assert not list(tmp_path.glob("state.json.*"))
    if number is signal.SIGTERM:
        assert first.returncode == 1
        assert output.splitlines()[-1].startswith("stopped before the end: ")
        assert f"goes on from {state}" in errors


def test_what_is_done_is_not_read_again(patient: Patient, tmp_path: Path) -> None:
    state = str(tmp_path / "state.json")
    patient.doctor("--tables", USERS, "--state", state)
    patient.write("UPDATE auth_user SET is_active = 2 WHERE id = 7")

    assert [f["subject"] for f in patient.found("--tables", USERS, "--state", state)] == [
        "sql_mode"
    ]
    assert len(patient.found("--tables", USERS)) == 2


SECRET = "Geheim4711"


@pytest.fixture
def full_of_secrets(patient: Patient) -> Patient:
    """Every text of Ada's account and profile holds the secret, and something to report."""
    secret = f"CONCAT('{SECRET}', CHAR(0), '????')"
    patient.write(f"UPDATE auth_user SET first_name = {secret}, last_name = {secret} WHERE id = 7")
    patient.write(f"UPDATE auth_user SET email = '{SECRET}@x.org' WHERE id IN (7, 8)")
    patient.write(
        f"UPDATE auth_userprofile SET name = 'Ã¼{SECRET}', meta = '{{{SECRET}',"
        f" bio = {secret}, goals = {secret}, mailing_address = {secret} WHERE id = 7"
    )
    return patient


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_no_value_of_a_row_leaves_in_any_form(
    full_of_secrets: Patient, tmp_path: Path, form: tuple[str, ...]
) -> None:
    page, state = tmp_path / "page.html", tmp_path / "state.json"

    outcome = full_of_secrets.doctor(*form, "--html", str(page), "--state", str(state))

    written = (outcome.output, outcome.errors, page.read_text(), state.read_text())
    assert [SECRET in text for text in written] == [False] * 4
    assert "auth_userprofile.mailing_address" in outcome.output
    assert "auth_userprofile.mailing_address" in page.read_text()


def test_no_value_reaches_a_terminal_where_the_report_has_colours(
    full_of_secrets: Patient,
) -> None:
    ours, theirs = os.openpty()
    with subprocess.Popen(
        (sys.executable, "-m", "etl", "doctor", "--load", "1", "--tables", PROFILES),
        env=os.environ | full_of_secrets.environment | {"TERM": "xterm-256color"},
        stdout=theirs,
        stderr=subprocess.PIPE,
    ) as doctor:
        os.close(theirs)
        shown = read_all(ours)
        doctor.communicate(timeout=60)

    assert doctor.returncode == 1
    assert b"\x1b[33mwarning" in shown
    assert b"auth_userprofile.meta" in shown
    assert SECRET.encode() not in shown


def read_all(terminal: int) -> bytes:
    """Read a terminal until nobody writes to it any more, which Linux calls an error."""
    shown = b""
    with contextlib.closing(os.fdopen(terminal, "rb", buffering=0)) as stream:
        while True:
            try:
                shown += (part := stream.read(4096))
            except OSError:
                return shown
            if not part:
                return shown


def test_a_dry_run_says_what_would_be_read_and_reads_nothing(patient: Patient) -> None:
    patient.write("UPDATE auth_user SET is_active = 2 WHERE id = 7")

    outcome = patient.doctor("--dry-run", "--tables", USERS)

    lines = outcome.output.splitlines()
    assert outcome.code == 0
    assert all(line.startswith("would ") for line in lines)
    assert any(line.startswith("would read values of auth_user: about ") for line in lines)
    assert [line for line in lines if "temporal formats" in line] == [
        "would ask about temporal formats, as they are marked"
    ]


def test_quick_reads_no_rows(patient: Patient) -> None:
    document = json.loads(patient.doctor("--quick", "--json").output)

    assert document["rows"] == 0
    assert "data" not in {finding["check"] for finding in document["findings"]}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tables", "auth_usr"], "the doctor does not read auth_usr: choose from auth_user, "),
        (["--html", "/nowhere/page.html"], "/nowhere/page.html cannot be written: name a file"),
        (["--state", "{bad}"], "is not a state of the doctor: delete it"),
        (["--state", "/nowhere/state.json"], "/nowhere/state.json cannot be used"),
    ],
)
def test_what_cannot_be_is_one_line_and_code_2(
    patient: Patient, tmp_path: Path, arguments: list[str], words: str
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("[]")

    outcome = patient.doctor(*(word.format(bad=bad) for word in arguments))

    assert (outcome.code, outcome.output) == (2, "")
    assert words in outcome.errors
    assert outcome.errors.count("\n") == 1


@pytest.mark.parametrize("share", ["0", "1.5", "-1", "much"])
def test_a_load_that_is_no_share_is_a_wrong_usage(
    patient: Patient, capsys: pytest.CaptureFixture[str], share: str
) -> None:
    with pytest.raises(SystemExit) as exit_:
        patient.doctor("--load", share)

    assert exit_.value.code == 2


def test_the_state_of_another_database_is_refused(patient: Patient, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    patient.doctor("--tables", "auth_group", "--state", str(state))
    document = json.loads(state.read_text())
    state.write_text(json.dumps(document | {"database": "db.example.com:3306/edxapp"}))

    outcome = patient.doctor("--state", str(state))

    assert outcome.code == 2
    assert "is the state of another database" in outcome.errors
