"""What is decided about a server and its tables, from what it says of itself; no database."""

from collections.abc import Callable, Iterable

import pytest

from etl.doctor import grants, release, schema, variables
from etl.doctor.facts import Answer, Column, Facts, by_table
from etl.doctor.findings import Finding, Severity, in_order, worst
from etl.tables import ALL

GOOD = {
    "version": "10.11.19-MariaDB-log",
    "log_bin": "ON",
    "binlog_format": "ROW",
    "binlog_row_image": "FULL",
    "server_id": "7",
    "expire_logs_days": "7.000000",
    "auto_increment_increment": "2",
    "auto_increment_offset": "1",
    "read_only": "OFF",
    "sql_mode": "STRICT_TRANS_TABLES",
    "time_zone": "SYSTEM",
    "system_time_zone": "UTC",
    "character_set_server": "utf8",
    "collation_server": "utf8_general_ci",
}
RECORDED = [
    Column(table, name, kind, is_key=name == "id")
    for table, columns in release.recorded().items()
    for name, kind in columns.items()
]


def facts(columns: Iterable[Column] = RECORDED, **changed: str) -> Facts:
    return Facts("edxapp", GOOD | changed, by_table(columns))


def bad(
    decide: Callable[[Answer, Facts], Iterable[Finding]], given: Facts, answer: Answer = ()
) -> list[tuple[str, str, str]]:
    """Give severity, subject and what was found, of all that is not ok."""
    return [
        (finding.severity.value, finding.subject, finding.found)
        for finding in decide(answer, given)
        if finding.severity is not Severity.OK
    ]


def test_a_server_as_the_bridge_wants_it_is_ok() -> None:
    assert bad(variables.decide, facts()) == []


@pytest.mark.parametrize(
    ("variable", "value", "severity"),
    [
        ("log_bin", "OFF", "blocker"),
        ("binlog_format", "MIXED", "blocker"),
        ("binlog_format", "STATEMENT", "blocker"),
        ("binlog_row_image", "MINIMAL", "blocker"),
        ("server_id", "0", "blocker"),
        ("binlog_row_value_options", "PARTIAL_JSON", "blocker"),
        ("binlog_transaction_compression", "ON", "blocker"),
        ("auto_increment_increment", "1", "blocker"),
        ("auto_increment_offset", "2", "blocker"),
        ("expire_logs_days", "1.000000", "warning"),
        ("binlog_expire_logs_seconds", "3600", "warning"),
        ("read_only", "ON", "warning"),
        ("character_set_server", "latin1", "warning"),
        ("collation_database", "latin1_swedish_ci", "warning"),
    ],
)
def test_a_setting_that_hurts_is_named_with_the_way_out(
    variable: str, value: str, severity: str
) -> None:
    (finding,) = [
        f for f in variables.decide((), facts(**{variable: value})) if f.severity is not Severity.OK
    ]

    assert (finding.severity.value, finding.subject) == (severity, variable)
    assert finding.found == f"is {value}"
    assert finding.rule
    assert finding.way_out


@pytest.mark.parametrize(
    ("mode", "found"),
    [
        ("", [("note", "sql_mode", "is empty")]),
        ("NO_ENGINE_SUBSTITUTION", [("note", "sql_mode", "is NO_ENGINE_SUBSTITUTION")]),
        ("TRADITIONAL", [("warning", "sql_mode", "is TRADITIONAL")]),
        (
            "STRICT_ALL_TABLES,NO_ZERO_DATE",
            [("warning", "sql_mode", "is STRICT_ALL_TABLES,NO_ZERO_DATE")],
        ),
    ],
)
def test_the_sql_mode_says_what_legacy_let_in_and_will_let_in(
    mode: str, found: list[tuple[str, str, str]]
) -> None:
    assert bad(variables.decide, facts(sql_mode=mode)) == found


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ("5.6.51-log", True),
        ("5.7.44", True),
        ("8.0.36", False),
        ("11.4.2-MariaDB", True),
        ("5.5.62", False),
        ("?", False),
    ],
)
def test_a_version_whose_log_was_never_read_is_a_warning(version: str, *, fits: bool) -> None:
    found = bad(variables.decide, facts(version=version))

    assert [severity for severity, _, _ in found] == ([] if fits else ["warning"])


def test_a_time_zone_that_is_not_utc_is_noted() -> None:
    assert bad(variables.decide, facts(system_time_zone="EST")) == [("note", "time_zone", "is EST")]


def test_a_setting_of_the_log_that_cannot_be_seen_is_a_warning() -> None:
    given = facts()
    hidden = Facts(
        "edxapp",
        {name: value for name, value in GOOD.items() if name != "log_bin"},
        given.tables,
    )

    assert bad(variables.decide, hidden) == [("warning", "log_bin", "not to be seen")]


@pytest.mark.parametrize(
    ("only", "never", "logged"),
    [
        ("", "", True),
        ("edxapp,other", "", True),
        ("other", "", False),
        ("", "test,edxapp", False),
        ("", "test", True),
    ],
)
def test_a_log_that_leaves_the_database_out_is_a_blocker(
    only: str, never: str, *, logged: bool
) -> None:
    answer = [("binlog.000001", "4", only, never)]
    found = bad(variables.decide_log_filter, facts(), answer)

    assert [severity for severity, _, _ in found] == ([] if logged else ["blocker"])


@pytest.mark.parametrize(
    "lines",
    [
        ["GRANT ALL PRIVILEGES ON *.* TO `root`@`%` WITH GRANT OPTION"],
        [
            "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'b'@'%'",
            "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON `edxapp`.* TO 'b'@'%'",
        ],
        [
            "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO `b`@`%` IDENTIFIED BY PASSWORD '*1'",
            "GRANT ALL PRIVILEGES ON `edx%`.* TO `b`@`%`",
        ],
    ],
)
def test_every_spelling_of_enough_rights_is_enough(lines: list[str]) -> None:
    assert bad(grants.decide, facts(), [(line,) for line in lines]) == []


@pytest.mark.parametrize(
    "where", ["`edx\\_app`.*", "`edxap`.*", "`other`.*", "`edxapp`.`auth_user`"]
)
def test_rights_elsewhere_are_not_rights_here(where: str) -> None:
    found = bad(grants.decide, facts(), [(f"GRANT ALL PRIVILEGES ON {where} TO `b`@`%`",)])

    assert [subject for _, subject, _ in found] == [
        *grants.OF_THE_SERVER,
        *grants.OF_THE_DATABASE,
    ]


@pytest.mark.parametrize(
    ("version", "rights", "replica", "missing"),
    [
        ("10.4.34-MariaDB-log", "REPLICATION CLIENT", "ON", False),
        ("10.5.29-MariaDB", "BINLOG MONITOR", "ON", True),
        ("10.5.29-MariaDB", "BINLOG MONITOR", "OFF", False),
        ("10.11.19-MariaDB-log", "BINLOG MONITOR, SLAVE MONITOR", "ON", False),
        ("10.11.19-MariaDB-log", "BINLOG MONITOR, REPLICA MONITOR", "ON", False),
        ("8.0.36", "REPLICATION CLIENT", "ON", False),
    ],
)
def test_mariadb_has_a_right_of_its_own_for_who_may_see_a_replicas_lag(
    version: str, rights: str, replica: str, *, missing: bool
) -> None:
    given = [(f"GRANT REPLICATION SLAVE, {rights} ON *.* TO `b`@`%`",)]
    given += [("GRANT ALL PRIVILEGES ON `edxapp`.* TO `b`@`%`",)]

    found = bad(grants.decide, facts(version=version, Slave_running=replica), given)

    assert found == ([("note", "SLAVE MONITOR", "missing")] if missing else [])


def test_the_recorded_release_is_recognised() -> None:
    assert bad(release.decide, facts()) == []
    assert release.likeness(facts()) == "the recorded release of mid-2016"


@pytest.mark.parametrize(
    ("extra", "kept", "words"),
    [
        ([Column("grades_persistentcoursegrade", "id", "int(11)")], 1.0, "Ficus or later"),
        ([], 0.95, "near the recorded release of mid-2016"),
        ([], 0.5, "far from the recorded release of mid-2016"),
    ],
)
def test_the_nearest_release_is_said_in_words(extra: list[Column], kept: float, words: str) -> None:
    columns = RECORDED[: int(len(RECORDED) * kept)]

    assert release.likeness(facts([*columns, *extra])) == words


def without(*names: str) -> list[Column]:
    return [c for c in RECORDED if c.table not in names and f"{c.table}.{c.name}" not in names]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (without("auth_user"), ("blocker", "auth_user", "mapped table that is missing")),
        (without("wiki_article"), ("note", "wiki_article", "table of the release that is missing")),
        (
            without("auth_user.email"),
            ("blocker", "auth_user.email", "mapped column that is missing"),
        ),
        (
            without("notes_note.uri"),
            ("note", "notes_note.uri", "column of the release that is missing"),
        ),
        (
            [*RECORDED, Column("theme", "id", "int(11)")],
            ("note", "theme", "table that is not of the release"),
        ),
        (
            [*RECORDED, Column("auth_user", "nick", "int(11)")],
            ("warning", "auth_user.nick", "column of a mapped table that is not of the release"),
        ),
        (
            [*RECORDED, Column("notes_note", "nick", "int(11)")],
            ("note", "notes_note.nick", "column that is not of the release"),
        ),
        (
            [*without("auth_user.last_login"), Column("auth_user", "last_login", "datetime")],
            (
                "note",
                "auth_user.last_login",
                "column of the type datetime, recorded as datetime(6)",
            ),
        ),
    ],
)
def test_each_difference_to_the_release_is_found(
    columns: list[Column], expected: tuple[str, str, str]
) -> None:
    assert bad(release.decide, facts(columns)) == [expected]


def test_a_type_that_the_map_does_not_read_is_a_blocker() -> None:
    columns = [*without("auth_user.last_login"), Column("auth_user", "last_login", "varchar(9)")]

    assert ("blocker", "auth_user.last_login") in {
        (severity, subject) for severity, subject, _ in bad(release.decide, facts(columns))
    }


def test_the_bridges_own_tables_are_not_held_for_strange() -> None:
    ours = [Column("bridge_origin", "id", "int(11)"), Column("bridge_watermark", "id", "int(11)")]

    assert bad(release.decide, facts([*RECORDED, *ours])) == []


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (("auth_user", "InnoDB", "utf8_general_ci"), []),
        (("auth_user", "MyISAM", "utf8_general_ci"), ["table that is not InnoDB"]),
        (
            ("auth_user", "InnoDB", "latin1_swedish_ci"),
            ["table with a collation that is not utf8_general_ci"],
        ),
    ],
)
def test_tables_that_are_made_otherwise_are_found(
    row: tuple[str, str, str], found: list[str]
) -> None:
    keyed = facts([Column("auth_user", "id", "int(11)", is_key=True)])

    assert [what for _, _, what in bad(schema.decide_tables, keyed, [row])] == found


@pytest.mark.parametrize(("table", "severity"), [("auth_user", "blocker"), ("theme", "note")])
def test_a_table_without_a_primary_key_is_found(table: str, severity: str) -> None:
    found = bad(schema.decide_tables, facts([Column(table, "id", "int(11)")]))

    assert [(s, t) for s, t, _ in found] == [(severity, table)]


def test_columns_that_are_not_unicode_are_named() -> None:
    answer = [(f"t{number}", "c", "latin1") for number in range(7)]

    (finding,) = schema.decide_character_sets(answer, facts())

    assert (finding.count, finding.subject) == (7, "t0.c and 6 more")
    assert finding.examples == ("t0.c", "t1.c", "t2.c", "t3.c", "t4.c")


@pytest.mark.parametrize(
    ("clause", "cascades"),
    [
        ("", False),
        (" ON DELETE NO ACTION ON UPDATE RESTRICT", False),
        (" ON DELETE CASCADE", True),
        (" ON DELETE SET NULL", True),
        (" ON UPDATE CASCADE", True),
    ],
)
def test_a_foreign_key_with_a_cascade_is_a_blocker(clause: str, *, cascades: bool) -> None:
    definition = (
        "CREATE TABLE `t` (\n  `id` int(11) NOT NULL,\n"
        "  CONSTRAINT `kept` FOREIGN KEY (`a`) REFERENCES `b` (`id`),\n"
        f"  CONSTRAINT `gone` FOREIGN KEY (`a`) REFERENCES `b` (`id`){clause}\n) ENGINE=InnoDB"
    )

    found = bad(schema.decide_cascades, facts(), [("t", definition)])

    assert found == ([("blocker", "t.gone", "foreign key with a cascade")] if cascades else [])


@pytest.mark.parametrize("mark", ["/* mariadb-5.3 */", "/* 5.5 binary format */"])
def test_a_marked_old_temporal_format_is_found(mark: str) -> None:
    mapped = Column.read("auth_user", "last_login", f"datetime {mark}", "", "")
    mirrored = Column.read("notes_note", "created", f"timestamp {mark}", "", "")

    found = bad(schema.decide_old_formats, facts([mapped, mirrored]))

    assert mapped.type == "datetime"
    assert [(s, t) for s, t, _ in found] == [("note", "auth_user.last_login and 1 more")]


def test_an_old_temporal_format_is_found_by_how_innodb_keeps_it() -> None:
    columns = [Column("auth_user", "id", "int(11)"), Column("auth_user", "last_login", "datetime")]
    integers = [("auth_user", "id"), ("auth_user", "last_login")]

    found = bad(schema.decide_old_formats, facts(columns), integers)

    assert [subject for _, subject, _ in found] == ["auth_user.last_login"]


@pytest.mark.parametrize(
    ("version", "more", "shows"),
    [
        ("10.11.19-MariaDB", {}, True),
        ("10.1.48-MariaDB", {}, False),
        ("5.7.44", {"show_old_temporals": "OFF"}, True),
        ("5.6.10", {}, False),
    ],
)
def test_where_formats_are_not_marked_innodb_is_asked(
    version: str, more: dict[str, str], *, shows: bool
) -> None:
    assert schema.shows_old_formats(facts(version=version, **more)) is shows


def test_the_worst_comes_first() -> None:
    findings = [Finding("c", severity, severity.value, "") for severity in Severity]

    assert [f.severity.value for f in in_order(findings)] == ["blocker", "warning", "note", "ok"]
    assert worst(findings) is Severity.BLOCKER
    assert worst([]) is Severity.OK


def test_every_mapped_table_is_of_the_release() -> None:
    required = {table.source for table in ALL if not table.optional}
    assert required <= release.recorded().keys()
