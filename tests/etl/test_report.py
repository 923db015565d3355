"""What became of legacy's rows: for a terminal, a page, a sheet, a program, and for Prometheus."""

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from deploy.stack.settings import CHECKOUT
from etl import metrics, metrics_page
from etl.back.conflicts import Count
from etl.report import account, frames, page, terminal
from etl.report.account import Account, Aside
from etl.status import FollowerStatus, QualityStatus, Status, TableStatus
from tests.etl.world import World

AT = datetime(2016, 9, 5, 7, 12, tzinfo=UTC)
FOLLOWER = FollowerStatus(
    running=True,
    position="log.000001:4",
    log_end="log.000001:9",
    lag_seconds=1.25,
    heard_at=AT,
    state="following",
    detail="",
)
STATUS = Status(
    follower=FOLLOWER,
    outbox=2,
    conflicts=3,
    tables=(
        TableStatus("auth_group", 5, done=True, set_aside=0, state="ok", detail=""),
        TableStatus("auth_user", 1_234, done=False, set_aside=1, state="ok", detail=""),
    ),
    quality=(QualityStatus("auth_user", "last_login", "zero date", 7, "42"),),
)
ACCOUNT = Account(
    AT,
    STATUS,
    (Aside("auth_user", "name: <not> [valid] UTF-8", 1, "7", AT),),
    (Count("auth_user", 'not representable: "bio"', 3),),
)
NOTHING = Account(AT, Status(None, 0, 0, (), ()), (), ())


def shown(given: Account, width: int = 80) -> str:
    output = io.StringIO()
    terminal.show(frames.frames(given), given.line, Console(file=output, width=width))
    return output.getvalue()


def test_a_terminal_gets_a_table_for_each_part_and_no_line_is_too_wide() -> None:
    lines = shown(ACCOUNT).splitlines()

    assert max(map(len, lines)) <= 80
    assert [line.strip() for line in lines if line.strip() in frames.TITLES.values()] == [
        "Rows set aside",
        "Conflicts",
        "Values that a rule changed",
        "Tables",
    ]
    assert "<not> [valid] UTF-8" in shown(ACCOUNT, 120)
    assert "1,239 rows of 2 tables copied, 1 set aside" in lines[-2]


def test_where_there_is_nothing_one_line_says_so() -> None:
    assert shown(NOTHING, 200) == (
        "0 rows of 0 tables copied, 0 set aside, 0 values changed by rule, 0 conflicts, "
        "0 modern writes waiting\n"
    )


def test_people_read_words_and_the_tables_to_look_at_on_top() -> None:
    table = frames.for_people(frames.frames(ACCOUNT)["tables"])

    assert list(table.itertuples(index=False, name=None)) == [
        ("auth_user", "1,234", "so far", "1"),
        ("auth_group", "5", "finished", "0"),
    ]
    assert list(table.columns) == ["Table", "Rows copied", "Snapshot", "Set aside"]


def test_a_table_with_rows_that_differ_is_on_top_and_says_when_that_was_seen() -> None:
    other = TableStatus(
        "z", 5, done=True, set_aside=0, state="ok", detail="", verified_at=AT, different=3
    )
    status = replace(STATUS, tables=(*STATUS.tables, other))

    table = frames.for_people(frames.frames(replace(ACCOUNT, status=status))["tables"])

    assert list(table[["Table", "Verified", "Rows that differ"]].itertuples(index=False)) == [
        ("z", "2016-09-05 07:12 UTC", "3"),
        ("auth_user", "", ""),
        ("auth_group", "", ""),
    ]


def test_a_table_that_needs_somebody_is_on_top_and_says_so() -> None:
    needs = TableStatus("z", 5, done=True, set_aside=0, state="needs schema", detail="see the log")
    status = replace(STATUS, tables=(*STATUS.tables, needs))

    table = frames.for_people(frames.frames(replace(ACCOUNT, status=status))["tables"])

    assert list(table["State"]) == ["needs schema: see the log", "", ""]
    assert list(table["Table"]) == ["z", "auth_user", "auth_group"]


def test_a_page_needs_nothing_else_and_escapes_what_it_shows() -> None:
    html = page.html(ACCOUNT, frames.frames(ACCOUNT))

    assert "&lt;not&gt; [valid]" in html
    assert "2016-09-05 07:12 UTC" in html
    assert "<b>1.2 s</b> behind" in html
    assert not re.search(r"(?:src|href)=|@import|url\(|\$\w", html)
    assert html.index("Rows set aside") < html.index("Conflicts") < html.index(">Tables<")


def test_a_page_of_nothing_has_cards_and_no_tables() -> None:
    html = page.html(NOTHING, frames.frames(NOTHING))

    assert html.count("<li class=") == 5
    assert "<table" not in html
    assert "behind" not in html


def test_sheets_have_plain_numbers_and_every_part(tmp_path: Path) -> None:
    frames.write(frames.frames(ACCOUNT), tmp_path / "new" / "folder")

    sheets = {path.name: path.read_text() for path in (tmp_path / "new" / "folder").iterdir()}
    assert sheets["conflicts.csv"] == (
        'source,policy,count\nauth_user,"not representable: ""bio""",3\n'
    )
    assert sheets["tables.csv"].splitlines()[2] == "auth_user,1234,False,1,ok,,,0"
    assert set(sheets) == {"conflicts.csv", "quality.csv", "set_aside.csv", "tables.csv"}


def test_a_document_holds_the_status_and_the_counts() -> None:
    document = json.loads(json.dumps(account.as_json(ACCOUNT)))

    assert document["set_aside"][0]["since"] == "2016-09-05T07:12:00+00:00"
    assert document["conflicts"][0]["count"] == 3
    assert document["follower"]["lag_seconds"] == 1.25
    assert document["quality"][0]["rule"] == "zero date"


def test_metrics_have_help_type_and_labels_that_are_escaped() -> None:
    lines = list(metrics.lines(STATUS, ACCOUNT.conflicts))

    assert lines[:4] == [
        "# HELP etl_rows_copied Rows copied by the snapshot.",
        "# TYPE etl_rows_copied gauge",
        'etl_rows_copied{table="auth_group"} 5',
        'etl_rows_copied{table="auth_user"} 1234',
    ]
    assert {
        'etl_rows_set_aside{table="auth_user"} 1',
        "etl_lag_seconds 1.25",
        "etl_follower_running 1",
        "etl_verifier_running 0",
        'etl_follower_state{state="following"} 1',
        "etl_outbox_waiting 2",
        'etl_conflicts_total{table="auth_user",policy="not representable: \\"bio\\""} 3',
        'etl_quality_total{table="auth_user",column="last_login",rule="zero date"} 7',
    } <= set(lines)
    assert lines.count("# TYPE etl_conflicts_total counter") == 1


def test_every_line_of_metrics_is_one_that_prometheus_reads() -> None:
    label = r'[a-z_]+="(?:[^"\\\n]|\\.)*"'
    sample = re.compile(rf"etl_[a-z_]+(?:{{{label}(?:,{label})*}})? -?[0-9.e+-]+")
    comment = re.compile(r"# (?:HELP etl_[a-z_]+ .+|TYPE etl_[a-z_]+ (?:gauge|counter))")

    for line in metrics.lines(STATUS, ACCOUNT.conflicts):
        assert sample.fullmatch(line) or comment.fullmatch(line), line


def test_every_metric_that_is_printed_is_in_the_reference_and_no_other() -> None:
    printed = [line for line in metrics.lines(STATUS, ACCOUNT.conflicts) if line[0] == "#"]
    declared = [
        line
        for one in metrics.ALL
        for line in (f"# HELP etl_{one.name} {one.help}", f"# TYPE etl_{one.name} {one.kind}")
    ]

    assert printed == declared
    assert metrics_page.page() == (CHECKOUT / "docs" / "reference" / "metrics.md").read_text()


def test_before_the_first_copy_there_is_no_lag_to_tell() -> None:
    assert not [line for line in metrics.lines(NOTHING.status, ()) if "lag" in line]


def test_the_command_tells_of_a_real_bridge_and_shows_no_value(
    bridged: World, tmp_path: Path
) -> None:
    bridged.write("UPDATE auth_user SET first_name = %s, last_login = 0 WHERE id = 7", b"secret")
    bridged.caught_up()
    bridged.modern.execute(
        "INSERT INTO bridge.set_aside (source, key, reason, original)"
        " VALUES ('auth_user', '9', 'email: not valid UTF-8', ARRAY['secret'::bytea])"
    )
    html, sheets = tmp_path / "report.html", tmp_path / "sheets"

    outcome = bridged.etl("report", "--html", str(html), "--csv", str(sheets))

    assert (outcome.code, outcome.errors) == (0, "")
    assert "zero date" in outcome.output
    assert "auth_user,last_login,zero date," in (sheets / "quality.csv").read_text()
    assert "email: not valid UTF-8" in html.read_text()
    assert "secret" not in outcome.output + html.read_text()
    document = json.loads(bridged.etl("report", "--json").output)
    assert {"tables", "set_aside", "conflicts", "quality", "follower"} <= set(document)
    scraped = bridged.etl("status", "--prometheus").output
    assert 'etl_snapshot_done{table="auth_user"} 1' in scraped.splitlines()
    assert 'etl_rows_set_aside{table="auth_user"} 1' in scraped.splitlines()


@pytest.mark.parametrize("option", ["--html", "--csv"])
def test_a_place_that_cannot_be_written_is_one_line(bridged: World, option: str) -> None:
    outcome = bridged.etl("report", option, "/proc/nowhere/x")

    assert outcome.code == 2
    assert outcome.errors.startswith("etl: /proc/nowhere")
    assert outcome.errors.count("\n") == 1
