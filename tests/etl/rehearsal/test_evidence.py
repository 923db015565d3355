"""The verdict, and how the evidence is shown."""

from dataclasses import replace
from datetime import UTC, datetime

from rich.console import Console

from etl.rehearsal import documents, page, terminal
from etl.rehearsal.evidence import Claim, Evidence, Figure, Part
from etl.rehearsal.plan import Plan
from etl.rehearsal.sums import Sum

HELD = Claim("both sides are equal", held=True, seen="3 rows")
MISSED = Claim("nothing blocks", held=False, seen="binlog_format & <b>")
MANY = Part("Rows", "ok", ("Table", "Rule"), tuple((f"t{n}", "[r]") for n in range(20)), brief=1)
GOOD = Evidence(
    made_at=datetime(2026, 1, 2, tzinfo=UTC),
    plan=Plan.of(learners=10, rows=None, seconds=1, rate=1),
    seconds=12.3,
    complete=True,
    claims=(HELD,),
    figures=(Figure("7", "conflicts"),),
    parts=(MANY,),
)
BAD = replace(GOOD, claims=(HELD, MISSED))


def shown(evidence: Evidence) -> str:
    console = Console(width=100)
    with console.capture() as captured:
        terminal.show(evidence, console)
    return captured.get()


def test_a_rehearsal_passes_when_it_is_complete_and_every_claim_held() -> None:
    assert (GOOD.passed, BAD.passed, replace(GOOD, complete=False).passed) == (True, False, False)


def test_the_verdict_names_what_is_not_true() -> None:
    assert "every claim held" in shown(GOOD)
    assert "FAILED: 10 learners, 200 states, 12 s; not true: nothing blocks" in shown(BAD)


def test_a_terminal_gets_few_rows_and_the_first_columns_and_is_told_of_the_rest() -> None:
    output = shown(GOOD)

    assert ("t7" in output, "t8" in output, "[r]" in output) == (True, False, False)
    assert "and 12 more: --html shows all" in output


def test_the_page_holds_every_row_and_escapes_what_it_shows() -> None:
    html = page.html(BAD)

    assert "1 of 2</b> claims held" in html
    assert "binlog_format &amp; &lt;b&gt;" in html
    assert html.count("[r]") == 20


def test_counts_that_differ_are_called_different() -> None:
    part = documents.sums([Sum("roles", {"staff": 1}, {"Staff": 1}), Sum("people", {}, {})])

    assert part.tone == "blocker"
    assert [row[-1] for row in part.rows] == ["DIFFERENT", "equal"]


def test_findings_that_are_fine_are_left_out_and_the_worst_gives_the_tone() -> None:
    found = {"check": "c", "subject": "s", "found": "f", "count": 0, "rule": ""}
    doctor = {"findings": [found | {"severity": name} for name in ("warning", "note", "ok")]}

    part = documents.findings(doctor)

    assert (part.tone, [row[1] for row in part.rows]) == ("warning", ["warning", "note"])
