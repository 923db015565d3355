"""Who waits for an upstream goes in order, or gives up in order."""

from hypothesis import given
from hypothesis import strategies as st

from facade.line import Line


def test_the_first_to_come_is_the_first_to_go() -> None:
    line: Line[str] = Line(5.0)
    for name in ("a", "b", "c"):
        line.join(name, now=0.0)
    assert [line.next(), line.next()] == ["a", "b"]
    assert line.overdue(4.9) == []
    assert line.overdue(5.0) == ["c"]
    assert not line.waiting


@given(st.lists(st.tuples(st.floats(0.0, 3.0), st.booleans())))
def test_everybody_comes_out_once_and_in_order(steps: list[tuple[float, bool]]) -> None:
    line: Line[int] = Line(2.0)
    now, out = 0.0, []
    for number, (seconds, goes) in enumerate(steps):
        now += seconds
        out += line.overdue(now)
        line.join(number, now=now)
        out += [line.next()] if goes else []
    out += line.overdue(now + 2.0)
    assert out == list(range(len(steps)))
