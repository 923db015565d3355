"""How long the doctor rests, as a rule, and how it says how far it is."""

from hypothesis import given
from hypothesis import strategies as st

from etl.pace import Pace, Progress, rest_seconds

SECONDS = st.floats(0, 1_000)
SHARES = st.floats(0.001, 1)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@given(SECONDS, SECONDS, SHARES)
def test_a_query_takes_at_most_its_share_of_the_time(
    worked: float, examined: float, load: float
) -> None:
    since = worked + examined

    rest = rest_seconds(worked, since, load)

    assert rest >= 0
    assert worked <= load * (since + rest) + 1e-6
    assert rest == 0 or worked >= load * (since + rest) - 1e-6


def test_what_is_spent_on_the_rows_is_rest_for_the_server() -> None:
    clock = Clock()
    pace = Pace(0.25, clock)

    def query() -> str:
        clock.now += 2.0
        return "rows"

    assert pace.timed(query) == "rows"
    assert pace.rest() == 6.0
    clock.now += 5.0
    assert pace.rest() == 1.0
    clock.now += 5.0
    assert pace.rest() == 0.0


def test_progress_counts_what_an_earlier_run_did_but_not_as_its_own_speed() -> None:
    clock = Clock()
    progress = Progress(total=1_000, done=400, clock=clock)
    assert progress.line("values of t") == (
        "values of t: 400 of about 1000 rows, 0 rows/s, about 0:00 left"
    )

    clock.now += 2.0
    progress.done += 10

    assert progress.line("values of t") == (
        "values of t: 410 of about 1000 rows, 5 rows/s, about 1:58 left"
    )


def test_a_line_is_due_once_in_a_while() -> None:
    clock = Clock()
    progress = Progress(total=1, done=0, clock=clock)

    assert not progress.is_due(1.0)
    clock.now += 1.0
    assert progress.is_due(1.0)
    assert not progress.is_due(1.0)
