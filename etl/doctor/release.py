"""Which release the database is of: its tables and columns against those that were recorded.

`release.tsv` holds the 292 tables of the recorded installation (mid-June 2016, between Dogwood and
Eucalyptus), a line each: the table, then its columns with their types. `references.tsv` holds its
foreign keys: table, column, the table referred to and its column.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

from etl.doctor.facts import Answer, Column, Facts
from etl.doctor.findings import Finding, Severity, about
from etl.tables import ALL, BY_SOURCE

CHECK = "release"
OURS = frozenset({"bridge_origin", "bridge_watermark"})
# Tables that later releases brought, the latest first.
_LATER = {
    "grades_persistentcoursegrade": "Ficus or later",
    "waffle_flag": "later than October 2016",
}
_NEAR, _ALIKE = 0.9, 0.99


@cache
def recorded() -> Mapping[str, Mapping[str, str]]:
    """Give the recorded types by table and column."""
    return {
        table: dict(column.split(" ", 1) for column in columns)
        for table, *columns in _lines("release.tsv")
    }


@cache
def references() -> Mapping[tuple[str, str], tuple[str, str]]:
    """Give the recorded foreign keys: table and column to table and column."""
    return {
        (table, column): (parent, parent_column)
        for table, column, parent, parent_column in _lines("references.tsv")
    }


def _lines(name: str) -> Iterator[list[str]]:
    text = resources.files("etl.doctor").joinpath(name).read_text("utf-8")
    return (line.split("\t") for line in text.splitlines())


def decide(_: Answer, facts: Facts) -> Iterator[Finding]:
    """Compare every table, every column and every type."""
    yield _likeness(facts)
    yield from _tables(facts)
    yield from _missing_columns(facts)
    yield from _extra_columns(facts)
    yield from _types(facts)
    yield from _unreadable(facts)


def likeness(facts: Facts) -> str:
    """Say in words which release the tables are nearest to."""
    later = next((name for table, name in _LATER.items() if table in facts.tables), None)
    if later:
        return later
    share = _shared(facts) / sum(map(len, recorded().values()))
    if share >= _ALIKE:
        return "the recorded release of mid-2016"
    if share >= _NEAR:
        return "near the recorded release of mid-2016"
    return "far from the recorded release of mid-2016"


def _likeness(facts: Facts) -> Finding:
    total = sum(map(len, recorded().values()))
    tables = len(recorded().keys() & facts.tables.keys())
    words = likeness(facts)
    return Finding(
        CHECK,
        Severity.OK if words.startswith("the recorded") else Severity.NOTE,
        "tables",
        f"{words}: {tables} of {len(recorded())} tables, {_shared(facts)} of {total} columns alike",
        count=tables,
    )


def _shared(facts: Facts) -> int:
    return sum(
        facts.tables[table][name].type == kind
        for table, columns in recorded().items()
        if table in facts.tables
        for name, kind in columns.items()
        if name in facts.tables[table]
    )


def _tables(facts: Facts) -> Iterator[Finding]:
    mapped = {table.source for table in ALL if not table.optional}
    missing = recorded().keys() - facts.tables.keys()
    yield from about(
        CHECK,
        missing & mapped,
        Severity.BLOCKER,
        found="mapped table that is missing",
        rule="`etl install` refuses",
        way_out="check the database's name in LEGACY_DATABASE_URL",
    )
    yield from about(
        CHECK,
        missing - mapped,
        Severity.NOTE,
        found="table of the release that is missing",
        rule="the bridge does without it",
    )
    yield from about(
        CHECK,
        facts.tables.keys() - recorded().keys() - OURS,
        Severity.NOTE,
        found="table that is not of the release",
        rule="it is mirrored, or excluded for a reason that `etl tables` names",
        way_out="decide whether anything of it has to live on in a modern model",
    )


def _missing_columns(facts: Facts) -> Iterator[Finding]:
    missing = _only_in(recorded(), facts.tables)
    of_maps = {f"{table.source}.{name}" for table in ALL for name in table.source_columns}
    yield from about(
        CHECK,
        missing & of_maps,
        Severity.BLOCKER,
        found="mapped column that is missing",
        rule="`etl install` refuses: the table does not look as its map says",
        way_out="make the table map fit",
    )
    yield from about(
        CHECK,
        missing - of_maps,
        Severity.NOTE,
        found="column of the release that is missing",
        rule="the bridge does not read it",
    )


def _extra_columns(facts: Facts) -> Iterator[Finding]:
    extra = _only_in(facts.tables, recorded())
    of_mapped_tables = {name for name in extra if name.split(".", 1)[0] in BY_SOURCE}
    yield from about(
        CHECK,
        of_mapped_tables,
        Severity.WARNING,
        found="column of a mapped table that is not of the release",
        rule="it is not copied, and stays NULL or default in rows that modern makes",
        way_out="decide whether anything of it has to live on, and add it to the table map",
    )
    yield from about(
        CHECK,
        extra - of_mapped_tables,
        Severity.NOTE,
        found="column that is not of the release",
        rule="where its table is mirrored, so is the column",
        way_out="look at what the fork or the upgrade changed before that table is mapped",
    )


def _only_in(
    these: Mapping[str, Mapping[str, object]], those: Mapping[str, Mapping[str, object]]
) -> set[str]:
    """Name the columns that only one side has, of the tables that both have."""
    return {
        f"{table}.{name}"
        for table in these.keys() & those.keys()
        for name in these[table].keys() - those[table].keys()
    }


def _types(facts: Facts) -> Iterator[Finding]:
    """Group the differences by what became what: a database that grew up on 5.5 has hundreds."""
    changed: dict[tuple[str, str], list[str]] = {}
    for column in facts.columns:
        before = recorded().get(column.table, {}).get(column.name, column.type)
        if before != column.type:
            changed.setdefault((before, column.type), []).append(f"{column.table}.{column.name}")
    for (before, now), names in sorted(changed.items()):
        yield from about(
            CHECK,
            names,
            Severity.NOTE,
            found=f"column of the type {now}, recorded as {before}",
            rule="it is read as it is; values that the recorded type cannot hold are counted",
        )


def _unreadable(facts: Facts) -> Iterator[Finding]:
    """Find what `etl install` refuses: a type that the kind of the map does not read."""
    wrong: list[Column] = [
        found
        for table in ALL
        for column in table.columns
        if (found := facts.tables.get(table.source, {}).get(column.source))
        and found.data_type not in column.kind.sources
    ]
    yield from about(
        CHECK,
        (f"{column.table}.{column.name}" for column in wrong),
        Severity.BLOCKER,
        found="mapped column of a type that its map does not read",
        rule="`etl install` refuses",
        way_out="make the table map fit",
    )
