"""What single rows hold, without a server: the makers of all tables, side by side."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest

from tests.legacy_lms.database.facts import Column, tables
from tests.legacy_lms.database.generator import courses, enrollments, fill, modules, people
from tests.legacy_lms.database.generator.plan import Plan, Record, World
from tests.legacy_lms.database.generator.state import KINDS

PLAN = Plan(seed=7, users=400, courses=25, enrollments=1_500, studentmodules=3_000)
JOBS = fill.tables(PLAN)
FIRST_IDS = {job.table: 101 for job in JOBS}
WORLD = World.of(PLAN, FIRST_IDS)
USERNAME = re.compile(r"[A-Za-z]+[_.-]?\d+")


def made(job: fill.Job, world: World = WORLD) -> list[Record]:
    return [record for index in range(job.count) for record in job.make(world, index)]


def fits(column: Column, value: object) -> bool:
    if value is None:
        return column.nullable
    if limit := re.fullmatch(r"varchar\((\d+)\)", column.type):
        return len(str(value)) <= int(limit[1])
    if column.type == "datetime(6)":
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}", str(value)))
    return column.type == "longtext" or isinstance(value, int | float) or value == "0.50"


def unique_columns(table: str) -> Iterable[tuple[int, ...]]:
    names = [column.name for column in tables()[table].columns]
    return (tuple(map(names.index, i.columns)) for i in tables()[table].indexes if i.unique)


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.table)
def test_every_value_fits_its_column(job: fill.Job) -> None:
    columns = tables()[job.table].columns

    assert {len(record) for record in made(job)} == {len(columns)}
    assert [
        (column.name, value)
        for record in made(job)
        for column, value in zip(columns, record, strict=True)
        if not fits(column, value)
    ] == []


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.table)
def test_unique_keys_are_kept_also_where_case_is_ignored(job: fill.Job) -> None:
    records = made(job)

    for places in unique_columns(job.table):
        keys = {tuple(str(record[place]).lower() for place in places) for record in records}
        assert len(keys) == len(records)


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.table)
def test_rows_depend_on_seed_and_index_alone(job: fill.Job) -> None:
    again = World.of(PLAN, FIRST_IDS)
    other = World.of(replace(PLAN, seed=8), FIRST_IDS)

    backwards = [list(job.make(again, index)) for index in reversed(range(job.count))]
    assert [record for records in reversed(backwards) for record in records] == made(job)
    assert made(job, other) != made(job)


@pytest.mark.parametrize(
    ("table", "key"),
    [(job.table, key) for job in JOBS for key in tables()[job.table].foreign_keys],
    ids=lambda value: value if isinstance(value, str) else value.column,
)
def test_what_a_row_points_at_is_made_before_it(table: str, key: object) -> None:
    order = [job.table for job in JOBS]
    reference = next(k for k in tables()[table].foreign_keys if k == key)
    place = [column.name for column in tables()[table].columns].index(reference.column)
    job = JOBS[order.index(table)]
    targets = {record[place] for record in made(job)} - {None}

    parents = JOBS[order.index(reference.referenced_table)]
    assert order.index(reference.referenced_table) < order.index(table)
    assert targets <= {record[0] for record in made(parents)}


def test_people_have_a_username_an_address_and_a_name_in_their_own_script() -> None:
    users = [people.user(WORLD, index) for index in range(200)]
    names = {str(people.profile(WORLD, index)[1]) for index in range(200)}

    assert all(USERNAME.fullmatch(str(user[4])) for user in users)
    assert {str(user[7]) for user in users} == {f"{user[4]}@example.com".lower() for user in users}
    assert not all(name.isascii() for name in names)


def test_the_one_password_is_hashed_as_the_platform_hashes() -> None:
    scheme, rounds, salt, digest = str(people.user(WORLD, 0)[1]).split("$")

    assert (scheme, rounds, len(salt), len(digest)) == ("pbkdf2_sha256", "20000", 12, 44)


def test_the_meta_of_a_profile_is_empty_or_an_object_with_known_keys() -> None:
    texts = [str(people.profile(WORLD, index)[2]) for index in range(400)]
    keys = {key for text in texts if text for key in json.loads(text)}

    assert "" in texts
    assert keys == {"session_id", "old_names"}


def test_course_keys_are_spelt_both_ways_and_usage_keys_follow() -> None:
    keys = [courses.course_key(WORLD, index) for index in range(25)]

    assert {key.startswith("course-v1:") for key in keys} == {True, False}
    assert courses.usage_key("course-v1:A+B+C", "problem", "p") == (
        "block-v1:A+B+C+type@problem+block@p"
    )
    assert courses.usage_key("A/B/C", "problem", "p") == "i4x://A/B/problem/p"


def test_an_enrolment_is_later_than_its_learner() -> None:
    seats = [enrollments.enrollment(WORLD, index) for index in range(PLAN.enrollments)]

    assert all(seat.since > people.joined(WORLD, seat.user) for seat in seats)
    assert {seat.mode for seat in seats} == {"audit", "honor", "verified", "professional"}


def test_the_history_of_an_enrolment_ends_in_what_it_is() -> None:
    row_id, course, created, active, mode, user = enrollments.enrollment_row(WORLD, 5)

    begun, now = enrollments.history(WORLD, 5)

    assert begun[:5] == (row_id, course, created, 1, "audit")
    assert now[:5] == (row_id, course, created, active, mode)
    assert (begun[7], now[7], now[9]) == ("+", "~", user)


def test_certificates_go_to_verified_learners_alone() -> None:
    certified = [index for index in range(1_500) if list(enrollments.certificates(WORLD, index))]

    assert certified
    assert {enrollments.enrollment(WORLD, index).mode for index in certified} == {"verified"}


def test_state_is_json_of_about_the_size_that_platforms_hold() -> None:
    texts = [str(modules.studentmodule(WORLD, index)[4]) for index in range(3_000)]

    assert all(isinstance(json.loads(text), dict) for text in texts)
    assert 240 < sum(map(len, texts)) / len(texts) < 300


def test_every_type_of_block_is_visited_and_problems_most() -> None:
    kinds = Counter(str(modules.studentmodule(WORLD, index)[1]) for index in range(3_000))

    assert set(kinds) == set(KINDS)
    assert kinds.most_common(1)[0][0] == "problem"


def test_points_agree_with_the_marks_in_the_state() -> None:
    for index in range(300):
        _, kind, _, _, text, grade, most, *_ = modules.studentmodule(WORLD, index)
        marks = json.loads(str(text)).get("correct_map")
        right = [mark["correctness"] == "correct" for mark in (marks or {}).values()]
        assert (grade, most) == ((sum(right), len(right)) if marks else (None, None)), kind


def test_only_problems_have_a_history_and_it_ends_in_their_state() -> None:
    for index in range(100):
        row_id, kind, _, _, text, grade, most, _, _, saved, _ = modules.studentmodule(WORLD, index)
        rows = list(modules.history(WORLD, index))
        assert len(rows) == (2 if kind == "problem" else 0)
        assert all(row[2:] == (saved, text, grade, most, row_id) for row in rows[1:])
