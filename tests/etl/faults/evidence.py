"""The recorded rows of the real LMS, migrated, changed on both sides for a while, and compared.

All 292 tables with all recorded rows; besides the contested rows, a row of every table that has any
is deleted and put back in legacy, again and again. What comes out is a page of evidence.
"""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from deploy.stack.reach import connect_mysql
from tests.etl.faults.contest import Account, Contest, total, written
from tests.etl.faults.judging import Finding, begun, is_at_rest, judge, log_end
from tests.etl.faults.run import REST_SECONDS, working
from tests.etl.world import Outcome, World, wait_until
from tests.legacy_lms.database import facts, rows


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `etl verify` found: the rows it compared in each table, and those that differ."""

    rows: Mapping[str, int]
    different: Mapping[str, int]

    @classmethod
    def of(cls, outcome: Outcome) -> "Verdict":
        found = json.loads(outcome.output)
        different = {name: len(each["divergences"]) for name, each in found.items()}
        return cls(
            {name: each["rows"] for name, each in found.items()},
            {name: count for name, count in different.items() if count},
        )

    def __str__(self) -> str:
        count = sum(self.different.values())
        said = f"{count} rows differ: {dict(self.different)}" if count else "equal"
        return f"{len(self.rows)} tables, {sum(self.rows.values())} rows: {said}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was migrated and changed, and what the comparisons said before and after."""

    classes: str
    copied: str
    first: Verdict
    last: Verdict
    account: Account
    put_back: int
    recorded: int
    seconds: float
    log: str
    findings: Sequence[Finding]

    @property
    def is_clean(self) -> bool:
        """Whether nothing differs, and no rule was broken."""
        broken = any(finding.broken for finding in self.findings)
        return not (self.first.different or self.last.different or broken)

    @property
    def writes(self) -> str:
        """How many rows each side's applications changed."""
        return f"legacy {self.account.legacy_writes}, modern {self.account.modern_writes}"

    def __str__(self) -> str:
        return "\n".join(
            [
                "# The recorded rows of the real LMS, migrated and changed on both sides",
                "",
                f"- {self.classes}",
                f"- {self.copied}",
                f"- verified after the migration: {self.first}",
                f"- changed for {self.seconds:.0f} s, the same rows on both sides: {self.writes}",
                f"- in legacy deleted and put back: {self.put_back} rows of {self.recorded} tables",
                f"- {self.log}",
                f"- verified after the changes: {self.last}",
                *(f"- {finding}" for finding in self.findings),
            ]
        )


def gathered(world: World, seconds: float, *, seed: int = 1) -> Evidence:
    """Migrate what the legacy database holds, and change both sides for so many seconds."""
    world.etl("install")
    copied = world.etl("backfill", "--workers", "1")
    first = Verdict.of(world.etl("verify", "--json"))
    contest, before = Contest.prepared(world), log_end(world)
    since = begun(world)
    with working(world):
        with written(world, contest, seed=seed) as accounts, put_back(world) as counts:
            threading.Event().wait(seconds)
        wait_until(lambda: is_at_rest(world), seconds=REST_SECONDS)
        last = Verdict.of(world.etl("verify", "--json"))
        findings = judge(world, total(accounts), since)
    ((conflicts,),) = world.rows("SELECT count(*) FROM bridge.conflict")
    return Evidence(
        classes=world.etl("tables").output.splitlines()[-1],
        copied=", ".join(copied.output.splitlines()[-2:]),
        first=first,
        last=last,
        account=total(accounts),
        put_back=len(counts),
        recorded=len(set(counts)),
        seconds=seconds,
        log=f"log from {before} to {log_end(world)}, {conflicts} conflicts, legacy's write stood",
        findings=findings,
    )


@contextmanager
def put_back(world: World) -> Iterator[list[str]]:
    """Delete a row of every recorded table and put it back, in turn; gives the tables done."""
    done, over = list[str](), threading.Event()
    thread = threading.Thread(target=_put_back, args=(world, done, over))
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join()


def _put_back(world: World, done: list[str], over: threading.Event) -> None:
    with (
        closing(connect_mysql(world.environment["LEGACY_DATABASE_URL"])) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SET foreign_key_checks = 0, sql_mode = 'NO_AUTO_VALUE_ON_ZERO'")
        while not over.is_set():
            for name in rows.tables_with_rows():
                indexes = facts.tables()[name].indexes
                (key,) = (index.columns[0] for index in indexes if index.name == "PRIMARY")
                cursor.execute("DROP TEMPORARY TABLE IF EXISTS one")
                cursor.execute(
                    f"CREATE TEMPORARY TABLE one SELECT * FROM `{name}` ORDER BY `{key}` LIMIT 1"
                )
                cursor.execute(f"DELETE FROM `{name}` WHERE `{key}` = (SELECT `{key}` FROM one)")
                cursor.execute(f"INSERT INTO `{name}` SELECT * FROM one")
                connection.commit()
                done.append(name)
                if over.wait(0.005):
                    return
