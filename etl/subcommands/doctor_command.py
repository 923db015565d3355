"""`etl doctor`: parse, ask and examine, print; code 1 when something is worse than a note."""

import argparse
import json
import os
import sys
from collections.abc import Collection, Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from etl import mysql
from etl.doctor import asking, report, subjects, terminal
from etl.doctor.examining import CHUNK, Examination
from etl.doctor.facts import Facts
from etl.doctor.findings import Finding, Severity, in_order
from etl.doctor.passes import Pass, Tally
from etl.doctor.report import Report
from etl.doctor.state import StateFile
from etl.errors import SettingsInvalid
from etl.mysql import Source
from etl.pace import Pace, Progress
from etl.settings import EtlSettings
from etl.stopping import Stop
from etl.subcommands.commands import Command, add_tables, positive, say, share
from etl.tables import BY_SOURCE

UNWELL = 1
LOAD = 0.25


def _run(settings: EtlSettings, arguments: argparse.Namespace) -> int:
    chosen = _chosen(arguments.tables)
    _require_folder(arguments.html)
    with Stop.on_signals() as stop, closing(mysql.connect(settings.legacy)) as connection:
        source = Source(connection)
        facts = asking.read_facts(source)
        passes = [] if arguments.quick else list(subjects.passes(source, facts, chosen))
        if arguments.dry_run:
            for question in asking.questions(facts):
                say(f"would ask about {question.name}")
            _rehearse(passes, asking.read_sizes(source), arguments.chunk)
            return 0
        found = list(asking.ask(source, facts))
        state = _state(arguments.state, facts)
        examination = _examination(passes, state, arguments)
        progress = _progress(examination, asking.read_sizes(source))
        complete = examination.run(stop, progress, _say_aside)
    result = _report(facts, [*found, *examination.findings()], examination, complete=complete)
    _print(result, arguments)
    if not complete:
        _say_aside(_way_on(state))
    return UNWELL if result.worst.rank > Severity.NOTE.rank or not complete else 0


def _examination(
    passes: list[Pass], state: StateFile | None, arguments: argparse.Namespace
) -> Examination:
    return Examination(
        passes,
        tallies=state.read() if state else {},
        pace=Pace(arguments.load),
        keep=state.write if state else lambda _: None,
        size=arguments.chunk,
    )


def _progress(examination: Examination, sizes: dict[str, int]) -> Progress:
    """Rows that an earlier run read are done; a pass that cannot be resumed begins anew."""
    total = sum(sizes.get(one.table, 0) for one in examination.passes)
    tallies = ((one, examination.tallies.get(one.name, Tally())) for one in examination.passes)
    return Progress(total, sum(t.rows for one, t in tallies if t.done or one.resumable))


def _report(
    facts: Facts, found: Iterable[Finding], examination: Examination, *, complete: bool
) -> Report:
    names = {one.name for one in examination.passes}
    return Report(
        database=facts.database,
        made_at=datetime.now(UTC),
        complete=complete,
        rows=sum(tally.rows for name, tally in examination.tallies.items() if name in names),
        findings=in_order(found),
    )


def _print(result: Report, arguments: argparse.Namespace) -> None:
    if arguments.json:
        say(json.dumps(report.as_json(result)))
    elif sys.stdout.isatty():
        terminal.show(result, Console())
    else:
        for line in report.as_lines(result):
            say(line)
    if arguments.html:
        from etl.doctor import page  # noqa: PLC0415 - pandas would slow down every other command

        _write(arguments.html, page.html(result))


def _rehearse(passes: Iterable[Pass], sizes: dict[str, int], size: int) -> None:
    for one in passes:
        rows = sizes.get(one.table, 0)
        say(f"would read {one.name}: about {rows} rows in {rows // size + 1} ranges")


def _state(path: Path | None, facts: Facts) -> StateFile | None:
    if path is None:
        return None
    host, port = (facts.variables.get(name, "") for name in ("hostname", "port"))
    return StateFile(path, identity=f"{host}:{port}/{facts.database}")


def _way_on(state: StateFile | None) -> str:
    if state is None:
        return "stopped: the next run begins anew, give it --state FILE and it can go on"
    return f"stopped: run the same command again and it goes on from {state.path}"


def _chosen(names: Collection[str] | None) -> Collection[str]:
    for name in names or ():
        if name not in BY_SOURCE:
            raise SettingsInvalid(
                f"the doctor does not read {name}: choose from {', '.join(BY_SOURCE)}"
            )
    return names or BY_SOURCE


def _require_folder(path: Path | None) -> None:
    """Refuse a page that could not be written before hours are spent on it."""
    if path is not None and (path.is_dir() or not os.access(path.absolute().parent, os.W_OK)):
        raise SettingsInvalid(f"{path} cannot be written: name a file in a folder that can be")


def _write(path: Path, page: str) -> None:
    try:
        path.write_text(page, "utf-8")
    except OSError as error:
        raise SettingsInvalid(
            f"{path} cannot be written ({error.strerror}): name another --html file"
        ) from error


def _say_aside(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_tables(parser)
    parser.add_argument("--quick", action="store_true", help="ask the server, read no rows")
    parser.add_argument("--dry-run", action="store_true", help="say what would be read")
    parser.add_argument(
        "--load",
        type=share,
        default=LOAD,
        metavar="SHARE",
        help="keep legacy busy for this share of the time at most (%(default)s)",
    )
    parser.add_argument(
        "--chunk",
        type=positive,
        default=CHUNK,
        metavar="N",
        help="rows a query reads at most (%(default)s)",
    )
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="keep how far it is, and go on from there"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write one HTML page as well")


COMMAND = Command(
    "doctor",
    "say what would go wrong, before anything is installed; reads legacy only",
    _arguments,
    _run,
    needs_modern=False,
)
