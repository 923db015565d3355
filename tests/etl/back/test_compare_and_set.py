"""What becomes of a modern write when legacy may have written too."""

from hypothesis import given
from hypothesis import strategies as st

from etl.back.compare_and_set import Intent, Verdict, judge

ROWS = st.fixed_dictionaries(
    {"id": st.just(7), "mode": st.sampled_from(["audit", "honor"]), "is_active": st.integers(0, 1)}
)
WAS = {"id": 7, "mode": "audit", "is_active": 1}
WITH_HONOR = {**WAS, "mode": "honor"}


def test_an_update_is_written_when_legacy_still_holds_what_was_changed() -> None:
    assert judge(Intent(WAS, WITH_HONOR), WAS) is Verdict.WRITE


def test_a_change_of_another_column_by_legacy_is_no_conflict() -> None:
    assert judge(Intent(WAS, WITH_HONOR), {**WAS, "is_active": 0}) is Verdict.WRITE


def test_two_different_changes_of_one_column_are_a_conflict() -> None:
    assert judge(Intent(WAS, WITH_HONOR), {**WAS, "mode": "verified"}) is Verdict.CONFLICT


def test_a_change_of_nothing_but_case_is_a_change() -> None:
    assert judge(Intent(WAS, {**WAS, "mode": "Audit"}), WAS) is Verdict.WRITE


def test_an_update_of_a_row_that_legacy_deleted_is_a_conflict() -> None:
    assert judge(Intent(WAS, WITH_HONOR), None) is Verdict.CONFLICT


def test_an_insert_meets_a_different_row_of_the_same_key() -> None:
    assert judge(Intent(None, WAS), WITH_HONOR) is Verdict.CONFLICT


def test_a_delete_of_a_row_that_legacy_changed_is_a_conflict() -> None:
    assert judge(Intent(WAS, None), WITH_HONOR) is Verdict.CONFLICT


@given(ROWS, ROWS)
def test_what_legacy_holds_already_is_never_written_again(before: dict, after: dict) -> None:
    assert judge(Intent(before, after), after) is Verdict.SAME
    assert judge(Intent(None, after), after) is Verdict.SAME
    assert judge(Intent(before, None), None) is Verdict.SAME


@given(ROWS, ROWS, ROWS)
def test_a_write_never_undoes_a_change_that_legacy_made(
    before: dict, after: dict, legacy: dict
) -> None:
    intent = Intent(before, after)
    if judge(intent, legacy) is Verdict.WRITE:
        assert all(legacy[name] == before[name] for name in intent.changed)
