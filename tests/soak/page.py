"""The page of evidence, as Markdown. Pure."""

from collections import Counter
from collections.abc import Iterable

from tests.soak.evidence import Evidence
from tests.soak.verdict import MAX_SHOWN, Finding


def page(seen: Evidence, findings: Iterable[Finding]) -> str:
    """Write what was done, what became of the requests, and every rule."""
    return "\n".join([*_done(seen), "", *_became(seen), "", *_rules(findings)])


def _done(seen: Evidence) -> list[str]:
    deeds = Counter(each.kind for each in seen.deeds)
    kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(deeds.items()))
    rate = len(seen.asked) / seen.seconds
    return [
        f"- {seen.seconds:.0f} s, seed {seen.seed}, {len(seen.flips.history)} flips",
        f"- {len(seen.asked)} requests over {seen.connections} connections ({rate:.0f}/s)",
        f"- times that something was done: {kinds}",
        f"- received: legacy {seen.ledgers.count('legacy')}, modern {seen.ledgers.count('modern')}",
    ]


def _became(seen: Evidence) -> list[str]:
    lines = [
        "| became | upstream | status | reason | reads | writes |",
        "|---|---|---|---|---|---|",
    ]
    fates: dict[tuple[str, str, int, str], Counter[bool]] = {}
    for each in seen.asked:
        key = (each.fate, each.upstream, each.status, each.receipt[3])
        fates.setdefault(key, Counter())[each.is_write] += 1
    for (fate, upstream, status, reason), found in sorted(fates.items()):
        words = (fate, upstream or "-", status or "-", reason or "-", found[False], found[True])
        lines.append(f"| {' | '.join(map(str, words))} |")
    return lines


def _rules(findings: Iterable[Finding]) -> list[str]:
    lines = ["| rule | tried on | broken | remarks |", "|---|---|---|---|"]
    for each in findings:
        shown = "; ".join([*each.broken[:MAX_SHOWN], each.allowed]).strip("; ")
        lines.append(f"| {each.rule} | {each.tried} | {len(each.broken)} | {shown} |")
    return lines
