"""The forms of a report: lines, a table for terminals, JSON, and a page that needs nothing else."""

import io
import json
import re
from datetime import UTC, datetime

from rich.console import Console

from etl.doctor import page, report, terminal
from etl.doctor.findings import Finding, Severity, in_order
from etl.doctor.report import Report

FOUND = Finding(
    "data",
    Severity.WARNING,
    "auth_user.email",
    "the same as another",
    count=1_234,
    examples=("7", "<b>", "[red]", "10", "11"),
    rule="it is copied as it is",
    way_out="merge the accounts",
)
BLOCKER = Finding("rights", Severity.BLOCKER, "SELECT", "missing", rule="no & no")
FINE = Finding("server settings", Severity.OK, "log_bin", "is ON")


def of(*findings: Finding, complete: bool = True) -> Report:
    return Report(
        "edxapp", datetime(2016, 9, 5, 7, 12, tzinfo=UTC), complete, 4_321, in_order(findings)
    )


def shown(given: Report, width: int = 80) -> str:
    output = io.StringIO()
    terminal.show(given, Console(file=output, force_terminal=True, width=width))
    return output.getvalue()


def test_a_pipe_gets_plain_lines_the_worst_first() -> None:
    assert list(report.as_lines(of(FINE, FOUND, BLOCKER))) == [
        "blocker: SELECT: missing",
        "    no & no",
        "warning: auth_user.email: the same as another (1234: 7, <b>, [red], 10, 11, …)",
        "    it is copied as it is",
        "    merge the accounts",
        "edxapp: 1 blocker, 1 warning, 0 notes, 1 ok; 4,321 rows read",
    ]


def test_a_terminal_gets_colours_and_no_line_is_too_wide() -> None:
    output = shown(of(FINE, FOUND, BLOCKER))
    lines = re.sub(r"\x1b\[[\d;]*m", "", output).splitlines()

    assert "\x1b[1;31mblocker" in output
    assert "\x1b[33mwarning" in output
    assert max(map(len, lines)) <= 80
    assert any("7, <b>, [red], 10, 11" in line for line in lines)
    assert "log_bin" not in output


def test_when_all_is_ok_a_terminal_gets_one_line() -> None:
    assert "edxapp: 0 blockers, 0 warnings, 0 notes, 1 ok" in shown(of(FINE))
    assert len(shown(of(FINE)).splitlines()) == 1


def test_json_holds_every_finding_in_full() -> None:
    document = json.loads(json.dumps(report.as_json(of(FINE, FOUND))))

    assert document["worst"] == "warning"
    assert document["made_at"] == "2016-09-05T07:12:00+00:00"
    assert document["findings"][0] == {
        "check": "data",
        "severity": "warning",
        "subject": "auth_user.email",
        "found": "the same as another",
        "count": 1234,
        "examples": ["7", "<b>", "[red]", "10", "11"],
        "rule": "it is copied as it is",
        "way_out": "merge the accounts",
    }
    assert len(document["findings"]) == 2


def test_a_page_needs_nothing_else_and_escapes_what_it_shows() -> None:
    html = page.html(of(FINE, FOUND, BLOCKER))

    assert "7, &lt;b&gt;, [red], 10, 11" in html
    assert "no &amp; no" in html
    assert "<b>, [red]" not in html
    assert not re.search(r"(?:src|href)=|@import|url\(|\$\w", html)
    assert html.index("Blockers") < html.index("Warnings") < html.index("In order")
    assert "Notes" not in html


def test_a_page_shows_long_texts_in_full() -> None:
    long = "word " * 60

    assert long.strip() in page.html(of(Finding("c", Severity.NOTE, "s", long.strip())))


def test_every_form_says_when_it_was_cut_short() -> None:
    cut = of(FINE, complete=False)

    assert "stopped before the end" in shown(cut)
    assert list(report.as_lines(cut))[-1].startswith("stopped before the end: edxapp")
    assert report.as_json(cut)["complete"] is False
    assert "Stopped before the end" in page.html(cut)
    assert "Stopped before the end" not in page.html(of(FINE))
