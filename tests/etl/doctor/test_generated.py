"""Every blemish of old databases, mixed into generated rows: found, all of it, by its key."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping

import pytest

from etl.doctor import problems
from etl.values import convert, documents
from tests.etl.doctor.conftest import Patient
from tests.legacy_lms.database import reset
from tests.legacy_lms.database.connection import connect
from tests.legacy_lms.database.generator import Plan, generate
from tests.legacy_lms.database.generator.fill import tables, world_of
from tests.legacy_lms.database.generator.ugly import EVERY, INVENTORY, Blemish, blemish

# Each kind of blemish in each table at least twice.
PLAN = Plan(users=1_400, courses=8, enrollments=1_500, studentmodules=2_600, ugly=True)

# What the doctor says of each blemish. The others are ugly and cross unchanged.
NAMED: Mapping[str, tuple[str, ...]] = {
    "zero date": (convert.ZERO_DATE,),
    "date without month": (convert.ZERO_DATE,),
    "date without day": (convert.ZERO_DATE,),
    "truth of 2": (convert.NOT_BOOLEAN,),
    "truth of -1": (convert.NOT_BOOLEAN,),
    "lost emoji": (problems.LOST,),
    "mojibake": (problems.MOJIBAKE,),
    "NUL": (convert.NUL_CHARACTER,),
    "same address, other case": (problems.TWICE,),
    "meta truncated": (documents.NOT_JSON,),
    "meta NUL": (documents.NOT_JSON, convert.NUL_CHARACTER),
    "orphan": (problems.ORPHAN,),
    "orphan of a user": (problems.ORPHAN,),
    "orphan of a course": (problems.NO_COURSE,),
    "not a course key": (problems.NO_COURSE,),
    "other case": (problems.OTHER_SPELLING,),
    "trailing space": (problems.OTHER_SPELLING,),
    "state truncated": (documents.NOT_JSON,),
    "state NaN": (documents.NOT_JSON,),
    "state Infinity": (documents.NOT_JSON,),
    "state beyond double": (documents.NOT_JSON,),
    "state lone surrogate": (documents.NOT_JSON,),
    "state escaped NUL": (documents.NOT_JSON,),
    "state NUL byte": (documents.NOT_JSON, convert.NUL_CHARACTER),
    "state only NUL": (documents.NOT_JSON, convert.NUL_CHARACTER),
    "state too deep": (documents.NOT_JSON,),
    "state lost emoji": (problems.LOST,),
}


@pytest.fixture
def ugly(patient: Patient) -> Iterator[tuple[Patient, Mapping[str, int]]]:
    """The generated rows, and the first id of each generated table."""
    with connect(patient.url) as connection:
        connection.select_db(patient.url.rpartition("/")[2])
        first_ids = world_of(connection, PLAN).first_ids
    generate(patient.url, PLAN)
    yield patient, first_ids
    reset(patient.url, [job.table for job in tables(PLAN)])


def planted(first_ids: Mapping[str, int]) -> dict[tuple[str, str], list[str]]:
    """Give the keys of the ugly rows by column and by what the doctor calls it."""
    counts = {job.table: job.count for job in tables(PLAN)}
    keys: dict[tuple[str, str], list[str]] = defaultdict(list)
    for table in INVENTORY:
        for index in range(EVERY - 1, counts[table], EVERY):
            ugly: Blemish | None = blemish(table, index)
            for problem in NAMED.get(ugly.name, ()) if ugly else ():
                keys[f"{table}.{ugly.column}", problem].append(str(first_ids[table] + 2 * index))
    return dict(keys)


def test_each_blemish_of_a_generated_database_is_found_and_nothing_else(
    ugly: tuple[Patient, Mapping[str, int]],
) -> None:
    patient, first_ids = ugly
    # One recorded account has the address that the generator repeats, in small letters.
    almost = {("auth_user.email", problems.SAME_BUT_CASE): (1, ["7"])}

    document = json.loads(patient.doctor("--json").output)

    assert {
        (finding["subject"], finding["found"]): (finding["count"], finding["examples"])
        for finding in document["findings"]
        if finding["check"] == "data" and finding["severity"] != "ok"
    } == almost | {place: (len(keys), keys[:5]) for place, keys in planted(first_ids).items()}
