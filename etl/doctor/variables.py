"""How the server is set: what the bridge needs of each variable, declared; pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from etl import preflight
from etl.doctor.facts import Answer, Facts
from etl.doctor.findings import Finding, Severity

CHECK = "server settings"
_LOG = "`etl install` refuses, and nothing could be followed"
_UTC = frozenset({"UTC", "+00:00", "GMT"})
_STRICT = frozenset({"STRICT_TRANS_TABLES", "STRICT_ALL_TABLES", "TRADITIONAL"})
_NO_ZERO_DATES = frozenset({"NO_ZERO_DATE", "TRADITIONAL"})
_UNICODE = ("utf8", "utf8mb3", "utf8mb4")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a variable should be; a server that does not have the variable has nothing to mend."""

    variable: str
    fits: Callable[[str], bool]
    severity: Severity
    rule: str
    way_out: str


def decide(_: Answer, facts: Facts) -> Iterator[Finding]:
    """Judge the server's version and every variable that has a rule."""
    yield _version(facts)
    for rule in RULES:
        value = facts.flag(rule.variable)
        if value is not None:
            yield _judged(rule, value, facts.variables[rule.variable])
        elif rule.variable in preflight.LOG_SETTINGS:
            yield Finding(
                CHECK, Severity.WARNING, rule.variable, "not to be seen", way_out=rule.way_out
            )
    yield _time_zone(facts)
    yield _sql_mode(facts)


def decide_log_filter(answer: Answer, facts: Facts) -> Iterator[Finding]:
    """Judge the filters of the log, the third and fourth column of SHOW MASTER STATUS."""
    if not answer:
        return
    only, never = (_names(value) for value in answer[0][2:4])
    logged = facts.database not in never and (not only or facts.database in only)
    yield Finding(
        CHECK,
        Severity.OK if logged else Severity.BLOCKER,
        "binlog_do_db",
        "the log holds this database" if logged else "the log leaves this database out",
        rule="" if logged else _LOG,
        way_out="" if logged else "mend binlog_do_db and binlog_ignore_db, and restart the server",
    )


def _judged(rule: Rule, value: str, spelled: str) -> Finding:
    fits = rule.fits(value)
    return Finding(
        CHECK,
        Severity.OK if fits else rule.severity,
        rule.variable,
        f"is {spelled or 'empty'}",
        rule="" if fits else rule.rule,
        way_out="" if fits else rule.way_out,
    )


def _version(facts: Facts) -> Finding:
    flavour = "MariaDB" if facts.is_mariadb else "MySQL"
    known = (5, 6) <= facts.version[:2] < ((12,) if facts.is_mariadb else (8,))
    return Finding(
        CHECK,
        Severity.OK if known else Severity.WARNING,
        "version",
        f"{flavour} {'.'.join(map(str, facts.version)) or 'of an unknown version'}",
        rule="" if known else "its log was never read by the bridge",
        way_out="" if known else "rehearse on a copy before you trust it",
    )


def _time_zone(facts: Facts) -> Finding:
    zone = facts.variables.get("time_zone", "")
    zone = facts.variables.get("system_time_zone", "") if zone == "SYSTEM" else zone
    fits = zone in _UTC
    return Finding(
        CHECK,
        Severity.OK if fits else Severity.NOTE,
        "time_zone",
        f"is {zone or 'unknown'}",
        rule="" if fits else "moments are read as UTC, which legacy stores whatever this says",
    )


def _sql_mode(facts: Facts) -> Finding:
    spelled = facts.variables.get("sql_mode", "")
    modes = set(spelled.split(","))
    found = partial(Finding, CHECK, subject="sql_mode", found=f"is {spelled or 'empty'}")
    if not modes & _STRICT:
        return found(
            severity=Severity.NOTE,
            rule="legacy cut what was too long and said nothing: it is copied as it stands",
        )
    if modes & _NO_ZERO_DATES:
        return found(
            severity=Severity.WARNING,
            rule="writing a zero date back is refused and becomes a conflict",
            way_out="take NO_ZERO_DATE out of sql_mode while the bridge lives",
        )
    return found(severity=Severity.OK)


def _names(value: str) -> set[str]:
    return {name.strip() for name in value.split(",") if name.strip()}


def _is(wanted: str) -> Callable[[str], bool]:
    return lambda value: value == wanted


def _is_unicode(value: str) -> bool:
    return value.split("_", maxsplit=1)[0] in _UNICODE


def _keeps_days(value: str) -> bool:
    return float(value) == 0 or float(value) >= 2


def _keeps_seconds(value: str) -> bool:
    return _keeps_days(str(float(value) / 86_400))


_KEEP_LONGER = (
    "a follower that is away for longer finds its place in the log gone",
    "keep the log for two days or more, beyond the longest outage and the whole backfill",
)
_LOG_RULES = tuple(
    Rule(variable, _is(wanted), Severity.BLOCKER, _LOG, way_out)
    for variable, (wanted, way_out) in preflight.LOG_SETTINGS.items()
)
_ID_RULES = tuple(
    Rule(
        variable,
        _is(wanted),
        Severity.BLOCKER,
        "`etl install` refuses: legacy makes odd ids, so that modern's even ones never meet them",
        f"SET GLOBAL {variable} = {wanted}, also in the server's configuration, and restart "
        "legacy's processes",
    )
    for variable, wanted in preflight.INTERLEAVING.items()
)
_TEXT_RULES = tuple(
    Rule(
        variable,
        _is_unicode,
        Severity.WARNING,
        "text is read as UTF-8 whatever the column's own character set; new tables get this one",
        "compare a few names with accents in legacy's pages before and after",
    )
    for variable in (
        "character_set_server",
        "character_set_database",
        "collation_server",
        "collation_database",
    )
)

RULES: tuple[Rule, ...] = (
    *_LOG_RULES,
    Rule(
        "server_id",
        lambda value: value != "0",
        Severity.BLOCKER,
        "a server without an id sends its log to nobody",
        "set server_id to a number of its own, and restart the server",
    ),
    Rule(
        "binlog_row_value_options",
        _is(""),
        Severity.BLOCKER,
        "rows in the log would not be whole",
        "SET GLOBAL binlog_row_value_options = ''",
    ),
    Rule(
        "binlog_transaction_compression",
        _is("0"),
        Severity.BLOCKER,
        "compressed transactions are not read",
        "SET GLOBAL binlog_transaction_compression = OFF, and in the server's configuration",
    ),
    Rule(
        "binlog_row_metadata",
        lambda _: True,
        Severity.OK,
        "names and signs of columns are taken from information_schema",
        "",
    ),
    Rule("expire_logs_days", _keeps_days, Severity.WARNING, *_KEEP_LONGER),
    Rule("binlog_expire_logs_seconds", _keeps_seconds, Severity.WARNING, *_KEEP_LONGER),
    *_ID_RULES,
    Rule(
        "read_only",
        _is("0"),
        Severity.WARNING,
        "`etl install` and write-back cannot write here",
        "point LEGACY_DATABASE_URL at the primary server",
    ),
    *_TEXT_RULES,
)
