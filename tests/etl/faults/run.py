"""One run of writers and kills, from the first write to the judgement."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.etl.faults.contest import Account, Contest, total, written
from tests.etl.faults.forked import Forked
from tests.etl.faults.judging import Finding, begun, is_at_rest, judge
from tests.etl.faults.killing import Plan, Role, kill_both
from tests.etl.world import World, wait_until

REST_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Run:
    """What was done and what was found."""

    plan: Plan
    account: Account
    roles: Sequence[Role]
    findings: Sequence[Finding]

    @property
    def broken(self) -> list[Finding]:
        """The rules that were not kept."""
        return [finding for finding in self.findings if finding.broken]

    @property
    def kills(self) -> int:
        """How many workers were killed."""
        return sum(len(role.kills) for role in self.roles)

    def __str__(self) -> str:
        kills = Counter(
            f"{kill.command} {'at work' if kill.at_work else 'at its start'}"
            for role in self.roles
            for kill in role.kills
        )
        words = ", ".join(f"{name} {count}" for name, count in sorted(kills.items()))
        return "\n".join(
            [
                f"seed {self.plan.seed}, {self.kills} kills: {words}",
                f"writes: legacy {self.account.legacy_writes}, modern {self.account.modern_writes}",
                *map(str, self.findings),
            ]
        )


def killed(world: World, plan: Plan) -> Run:
    """Let both sides write the same rows while their workers are killed, and judge."""
    contest = Contest.prepared(world)
    since = begun(world)
    with written(world, contest, seed=plan.seed) as accounts:
        both = kill_both(world, plan)
    with working(world):
        wait_until(lambda: is_at_rest(world), seconds=REST_SECONDS)
        findings = judge(world, total(accounts), since)
    failures = [failure for role in both for failure in role.failures]
    workers = Finding("no worker ended by itself", sum(len(role.kills) for role in both), failures)
    return Run(plan, total(accounts), both, [workers, *findings])


@contextmanager
def working(world: World) -> Iterator[None]:
    """Run both workers for as long as the block runs; both have to end in peace."""
    workers = [Forked.start(world.environment, name) for name in ("follow", "write-back")]
    try:
        yield
    finally:
        for worker in workers:
            worker.terminate()
        ends = [worker.ended() for worker in workers]
    assert [(end.code, end.errors) for end in ends] == [(0, ""), (0, "")]
