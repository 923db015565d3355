"""Whether a soak was survived: each rule names the requests that broke it. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from facade.parity.divergences import LOST, UNREADABLE
from facade.shadow.report import Outcome
from flags.access import Access
from flags.actor import ANONYMOUS, Actor
from tests.soak.cast import CAPABILITY, FLIPPED, IDS
from tests.soak.clients import Asked
from tests.soak.evidence import Evidence

STALE_SECONDS: Final = 3.0
"""How long after an announcement an older epoch may decide: a poll (2 s) and a retry (1 s)."""
NOTICE_SECONDS: Final = 0.5
"""How late a client may see that a connection was cut, or a counted answer arrive."""
MAX_GROWTH_MIB: Final = 12.0
MAX_CONTROL_CONNECTIONS: Final = 40
"""What the control plane may keep idle: Redis's pool, and the pools of the shadow."""
MAX_SHOWN: Final = 3
OUTCOMES: Final = tuple(each.value for each in Outcome if not each.value.startswith("noise"))
"""Of one sample, of which each gets one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule, how much it was tried on, and what broke it."""

    rule: str
    tried: int
    broken: list[str]
    allowed: str = ""
    """What the rule let pass, and why."""


Rule = Callable[[Evidence], Finding]


def judge(evidence: Evidence) -> list[Finding]:
    return [rule(evidence) for rule in RULES]


def right_upstream(seen: Evidence) -> Finding:
    """The receipt's upstream received the request, from that user, and the answer is its own."""
    ours = [each for each in seen.answered if each.upstream != "none"]
    broken = []
    for each in ours:
        entries = seen.ledgers.of(each.request_id, each.upstream)
        expected = (each.method, each.path, each.username, each.digest)
        is_there = any(entry[3:] == expected for entry in entries)
        if not (is_there and each.is_body_right and each.status == 200):
            broken.append(f"{_of(each)}: {entries}")
    return Finding(
        "the upstream of the receipt received it and its answer arrived", len(ours), broken
    )


def allowed_upstream(seen: Evidence) -> Finding:
    """The rollout of the receipt's epoch sends this user's request there."""
    flipped = [each for each in seen.answered if each.receipt[0] == CAPABILITY]
    broken = [_of(each) for each in flipped if not _may(each, seen)]
    return Finding("the epoch of the receipt allows its upstream", len(flipped), broken)


def current_epoch(seen: Evidence) -> Finding:
    """The epoch was out when the request was answered, and not long superseded when it was sent."""
    answered = [each for each in seen.answered if each.receipt[2]]
    broken = []
    stale = 0
    for each in answered:
        is_out = each.ended >= seen.flips.history[each.receipt[2] - 1].began
        lag = _lag(each, seen)
        stale += lag > 0
        if not is_out or lag > STALE_SECONDS:
            broken.append(f"{_of(each)}: superseded {lag:.2f} s before")
    allowed = f"{stale} were decided by an epoch superseded for less than {STALE_SECONDS:g} s"
    return Finding("the epoch of the receipt was current", len(answered), broken, allowed)


def written_once(seen: Evidence) -> Finding:
    """A write that was answered 2xx is in one ledger, once."""
    done = [each for each in seen.answered if each.is_write and each.status < 300]
    broken = [_of(each) for each in done if len(seen.ledgers.of(each.request_id)) != 1]
    return Finding("a write answered 2xx was received exactly once", len(done), broken)


def never_twice(seen: Evidence) -> Finding:
    """No write is in both ledgers or twice in one, whatever the client saw."""
    writes = [each for each in seen.asked if each.is_write]
    broken = [_of(each) for each in writes if len(seen.ledgers.of(each.request_id)) > 1]
    return Finding("no write was received twice, whatever became of it", len(writes), broken)


def nothing_changed(seen: Evidence) -> Finding:
    """503 tells a learner that nothing was changed."""
    told = [each for each in seen.answered if each.is_write and each.status == 503]
    broken = [_of(each) for each in told if seen.ledgers.of(each.request_id)]
    return Finding(
        "a write answered 503 (nothing was changed) was received by nobody", len(told), broken
    )


def known_fates(seen: Evidence) -> Finding:
    """A connection is cut only where somebody was killed; nothing is ever stuck."""
    odd = [each for each in seen.asked if each.fate not in ("answered", "left")]
    broken = [f"{_of(each)} {each.fate}" for each in odd if not _was_killed(each, seen)]
    allowed = f"{len(odd) - len(broken)} were cut by a kill, {_left(seen)} left by themselves"
    broken += [f"{seen.refused} connections refused"] * bool(seen.refused)
    return Finding("every request was answered, or cut by a kill", len(seen.asked), broken, allowed)


def in_metrics(seen: Evidence) -> Finding:
    """Every answer is in the metrics, but for those of a worker that ended unread."""
    keys = Counter(_key(each) for each in seen.answered)
    unread = Counter(_key(each) for each in seen.answered if _is_within(each, seen.windows))
    missing = keys - seen.metrics
    surplus = seen.metrics - keys
    broken = [f"{key}: {number} not counted" for key, number in (missing - unread).items()]
    unanswered = len(seen.asked) - len(seen.answered)
    if surplus.total() > unanswered:
        broken.append(f"{surplus.total()} counted that no client saw, {unanswered} were unanswered")
    allowed = f"{missing.total()} of workers that ended between two readings"
    return Finding("every answer and error is counted in /-/metrics", keys.total(), broken, allowed)


def in_log(seen: Evidence) -> Finding:
    """Every answer has its line with the same receipt, but for those of a killed worker."""
    killed = [(at - NOTICE_SECONDS, at) for kind, at in seen.kills if kind == "worker"]
    lines = Counter((*each.receipt, each.status) for each in seen.answered)
    unread = Counter(
        (*each.receipt, each.status) for each in seen.answered if _is_within(each, killed)
    )
    missing = lines - seen.log
    broken = [f"{line}: {number} not logged" for line, number in (missing - unread).items()]
    allowed = f"{missing.total()} of killed workers, {seen.torn_lines} lines torn by a kill"
    return Finding(
        "every answer is in the access log, receipt and all", lines.total(), broken, allowed
    )


def at_rest(seen: Evidence) -> Finding:
    """After the load nothing is under way and nothing is kept but what is kept on purpose."""
    rest = seen.rest
    left = {
        "clients": rest.clients,
        "exchanges with upstreams": rest.upstream_busy,
        "requests waiting": rest.upstream_waiting,
        "sockets of clients": rest.after.get("facade", 0),
        "sockets of nobody known": rest.after.get("other", 0),
    }
    broken = [f"{number:g} {what}" for what, number in left.items() if number]
    kept = sum(rest.after.values()) - rest.pooled
    if kept > MAX_CONTROL_CONNECTIONS:
        broken.append(f"{kept} connections beyond the {rest.pooled} pooled: {rest.after}")
    allowed = f"before {rest.before}, after {rest.after}, of these {rest.pooled} pooled"
    return Finding("no connection is left over", sum(rest.after.values()), broken, allowed)


def no_growth(seen: Evidence) -> Finding:
    """The worker that lived through it all holds no more than after its first quarter."""
    first, *_, last = seen.rest.memory
    broken = [f"grew by {last - first:.1f} MiB"] if last - first > MAX_GROWTH_MIB else []
    quarters = ", ".join(f"{each:.1f}" for each in seen.rest.memory)
    rule = f"the witness grows by less than {MAX_GROWTH_MIB:g} MiB after its first quarter"
    return Finding(rule, len(seen.rest.memory), broken, f"MiB at each quarter: {quarters}")


def flips_recorded(seen: Evidence) -> Finding:
    """PostgreSQL's history has every epoch that decided anything, in order and once."""
    epochs = seen.kept.epochs
    gaps = [after for before, after in pairwise([0, *epochs]) if after != before + 1]
    broken = [f"the history goes on with epoch {epoch}" for epoch in gaps]
    unknown = {each.receipt[2] for each in seen.answered} - {0, *epochs}
    broken += [f"epoch {epoch} decided, and is not recorded" for epoch in sorted(unknown)]
    allowed = f"{seen.flips.refused} flips were refused while PostgreSQL was away"
    return Finding("every epoch is recorded in PostgreSQL", len(epochs), broken, allowed)


def compared_once(seen: Evidence) -> Finding:
    """What the shadows found came into PostgreSQL, and nothing of it twice."""
    found = seen.kept.comparisons
    compared = sum(found[outcome] for outcome in OUTCOMES)
    reads = sum(not each.is_write and each.path == FLIPPED for each in seen.asked)
    broken = []
    if not 0 < compared <= reads:
        broken.append(f"{compared} comparisons of {reads} reads")
    if seen.kept.waiting:
        broken.append(f"{seen.kept.waiting} reports were never carried")
    broken += [f"{number} {what}" for what, number in found.items() if what == UNREADABLE]
    lost = found[LOST]
    if lost and not seen.redis_away:
        broken.append(f"{lost} reports were lost, and Redis was always there")
    allowed = f"of {reads} reads; {lost} reports went with Redis"
    return Finding("what the shadows found is in PostgreSQL, once", compared, broken, allowed)


RULES: Final[tuple[Rule, ...]] = (
    right_upstream,
    allowed_upstream,
    current_epoch,
    written_once,
    never_twice,
    nothing_changed,
    known_fates,
    in_metrics,
    in_log,
    flips_recorded,
    compared_once,
    at_rest,
    no_growth,
)


def _may(each: Asked, seen: Evidence) -> bool:
    _, upstream, epoch, reason = each.receipt
    if upstream == "none":
        return each.status >= 500
    if not epoch:
        return upstream == "legacy"
    actor = (
        Actor(user_id=IDS[each.username], username=each.username) if each.username else ANONYMOUS
    )
    access = Access.WRITES if each.is_write else Access.READS
    is_modern = seen.flips.rollout(epoch).includes(actor, None, access)
    if upstream == "modern":
        return is_modern
    return not is_modern or (not each.is_write and reason in ("modern-down", "actor-unknown"))


def _lag(each: Asked, seen: Evidence) -> float:
    """For how long, with Redis there, something newer than its epoch was out when it was sent."""
    since = seen.flips.superseded(each.receipt[2])
    if since is None or since >= each.sent:
        return 0.0
    away = sum(
        max(0.0, min(up + STALE_SECONDS, each.sent) - max(down, since))
        for down, up in seen.redis_away
    )
    return max(0.0, each.sent - since - away)


def _was_killed(each: Asked, seen: Evidence) -> bool:
    until = each.ended + NOTICE_SECONDS
    return each.fate == "cut" and any(
        (each.since if kind == "worker" else each.sent) <= at + NOTICE_SECONDS and at <= until
        for kind, at in seen.kills
    )


def _is_within(each: Asked, windows: Iterable[tuple[float, float]]) -> bool:
    return any(
        each.sent <= end + NOTICE_SECONDS and each.ended >= start - NOTICE_SECONDS
        for start, end in windows
    )


def _left(seen: Evidence) -> int:
    return sum(each.fate == "left" for each in seen.asked)


def _key(each: Asked) -> tuple[str, str, str]:
    return each.receipt[0], each.upstream, f"{each.status // 100}xx"


def _of(each: Asked) -> str:
    receipt = ";".join(map(str, each.receipt))
    return f"{each.request_id} {each.method} {each.username or '-'} {each.status} {receipt}"
