import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.legacy_lms.database.errors import PlanError
from tests.legacy_lms.database.generator.dice import Dice, Shuffle
from tests.legacy_lms.database.generator.plan import Plan, World, quotas

seeds = st.integers(0, 2**40)


def world(plan: Plan) -> World:
    return World.of(plan, {"student_courseenrollment": 51})


@given(seeds, st.integers(1, 400))
def test_a_shuffle_gives_every_number_once(seed: int, size: int) -> None:
    shuffle = Shuffle.of(Dice(seed, "test", 0), size)

    assert sorted(shuffle(number) for number in range(size)) == list(range(size))


@given(st.integers(1, 40), st.integers(1, 40), st.floats(0, 1))
def test_every_enrolment_is_shared_out_and_no_course_is_overfull(
    courses: int, users: int, part: float
) -> None:
    wanted = int(courses * users * part)

    sizes = quotas(wanted, courses=courses, most=users)

    assert sum(sizes) == wanted
    assert max(sizes) <= users


def test_the_first_courses_are_the_popular_ones() -> None:
    sizes = quotas(100_000, courses=300, most=100_000)

    assert sizes == sorted(sizes, reverse=True)
    assert 0.45 < sum(sizes[:40]) / 100_000 < 0.6


@given(seeds, st.integers(1, 20), st.integers(1, 8), st.floats(0, 1), st.integers(1, 100))
def test_nobody_enrols_twice_in_a_course_and_nobody_visits_a_block_twice(
    seed: int, users: int, courses: int, part: float, visits: int
) -> None:
    enrollments = max(1, int(users * courses * part))
    laid_out = world(Plan(seed, users, courses, enrollments, visits))

    seats = {laid_out.seat(index) for index in range(enrollments)}
    assert len(seats) == enrollments
    assert all(user < users and course < courses for user, course in seats)
    assert len({laid_out.visit(index) for index in range(visits)}) == visits


def test_ids_go_on_from_the_first_one_in_steps_of_two() -> None:
    laid_out = world(Plan())

    assert [laid_out.row_id("student_courseenrollment", i) for i in range(3)] == [51, 53, 55]


@pytest.mark.parametrize(
    "numbers",
    [
        {"users": 0},
        {"courses": 0},
        {"enrollments": -1},
        {"studentmodules": -5},
        {"users": 2, "courses": 2, "enrollments": 5},
        {"enrollments": 0, "studentmodules": 1},
    ],
)
def test_numbers_that_contradict_each_other_are_refused(numbers: dict[str, int]) -> None:
    with pytest.raises(PlanError, match="correct --users, --courses"):
        Plan(**numbers)  # type: ignore[arg-type] # mypy takes `ugly` to be among them


def test_dice_fall_the_same_way_for_the_same_name_and_differently_for_another() -> None:
    def throws(seed: int, label: str, index: int) -> list[int]:
        dice = Dice(seed, label, index)
        return [dice.below(1_000_000) for _ in range(5)]

    assert throws(1, "a", 0) == throws(1, "a", 0)
    assert throws(1, "a", 0) not in [throws(2, "a", 0), throws(1, "b", 0), throws(1, "a", 1)]
