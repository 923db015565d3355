"""Which of the rights that the bridge needs the user has, read from SHOW GRANTS; pure."""

import re
from collections.abc import Iterable, Iterator

from etl.doctor.facts import Answer, Facts
from etl.doctor.findings import Finding, Severity

CHECK = "rights"
_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?P<where>\S+) TO ", re.IGNORECASE)
# MariaDB 10.5 renamed rights; both names are met in what it answers.
_RENAMED = {
    "BINLOG MONITOR": "REPLICATION CLIENT",
    "REPLICATION REPLICA": "REPLICATION SLAVE",
    "REPLICA MONITOR": "SLAVE MONITOR",
}
# A right of its own since then; before, and in MySQL, who may find the log's end sees the lag too.
_SEPARATE_LAG = (10, 5)
_EVERYTHING = {"ALL", "ALL PRIVILEGES"}

OF_THE_SERVER = {
    "REPLICATION SLAVE": "the log cannot be read, so nothing can be followed",
    "REPLICATION CLIENT": "the end of the log cannot be found, so nothing can be copied",
}
OF_THE_DATABASE = {
    "SELECT": "what cannot be read cannot be copied",
    "CREATE": "`etl install` cannot make its two one-row tables",
    "INSERT": "the bridge cannot mark its place, nor write back",
    "UPDATE": "the bridge cannot mark its place, nor write back",
    "DELETE": "what modern deletes cannot be written back",
}


def decide(answer: Answer, facts: Facts) -> Iterator[Finding]:
    """Give a finding for each right that the bridge needs, or that one of its options does."""
    given = tuple(rights_in(row[0] for row in answer))
    of_the_server = {right for right, where in given if where == "*.*"}
    of_the_database = {right for right, where in given if covers(where, facts.database)}
    for right, without in OF_THE_SERVER.items():
        yield _finding(right, "*.*", without, has=bool({right, *_EVERYTHING} & of_the_server))
    for right, without in OF_THE_DATABASE.items():
        has = bool({right, *_EVERYTHING} & of_the_database)
        yield _finding(right, f"`{facts.database}`.*", without, has=has)
    if facts.is_replica and facts.is_mariadb and facts.version >= _SEPARATE_LAG:
        has = bool({"SLAVE MONITOR", "SUPER", *_EVERYTHING} & of_the_server)
        without = "`etl backfill --max-lag`, which spares this replica, is refused"
        yield _finding("SLAVE MONITOR", "*.*", without, has=has, severity=Severity.NOTE)


def rights_in(grants: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give each right with what it is on, as SHOW GRANTS spells it."""
    for found in filter(None, map(_GRANT.match, grants)):
        for spelled in found["rights"].upper().split(","):
            right = spelled.strip()
            yield _RENAMED.get(right, right), found["where"]


def covers(where: str, database: str) -> bool:
    """Say whether a grant holds in the whole of a database; `%` and `_` are wildcards in it."""
    schema, _, table = where.rpartition(".")
    if table != "*":
        return False
    parts = re.findall(r"\\.|.", schema.strip("`").replace("``", "`"))
    pattern = "".join(
        {"%": ".*", "_": ".", "*": ".*"}.get(part, re.escape(part[-1])) for part in parts
    )
    return re.fullmatch(pattern, database) is not None


def _finding(
    right: str,
    where: str,
    without: str,
    *,
    has: bool,
    severity: Severity = Severity.BLOCKER,
) -> Finding:
    if has:
        return Finding(CHECK, Severity.OK, right, "given")
    return Finding(
        CHECK,
        severity,
        right,
        "missing",
        rule=without,
        way_out=f"GRANT {right} ON {where} to this user",
    )
