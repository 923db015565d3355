import pytest
from rest_framework import exceptions

from modern.shared.answers import answer_error, status_of
from modern.shared.errors import (
    BadInput,
    Conflict,
    Forbidden,
    Missing,
    ModernError,
    NotSignedIn,
    Unavailable,
)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadInput, 400),
        (NotSignedIn, 401),
        (Forbidden, 403),
        (Missing, 404),
        (Conflict, 409),
        (Unavailable, 503),
    ],
)
def test_the_middle_level_of_the_error_tree_decides_the_status(
    error: type[ModernError], status: int
) -> None:
    class Leaf(error):
        """Something special: do this."""

        code = "leaf"

    response = answer_error(Leaf(), {})

    assert response is not None
    assert response.status_code == status
    assert response.data == {"code": "leaf", "detail": "Something special: do this."}


def test_an_error_says_what_it_was_given_to_say() -> None:
    response = answer_error(Missing("No course of that name: look in the list."), {})

    assert response is not None
    assert response.data["detail"] == "No course of that name: look in the list."


def test_an_error_of_no_kind_is_our_own_fault() -> None:
    assert status_of(ModernError()) == 500


def test_wrong_fields_are_named() -> None:
    response = answer_error(exceptions.ValidationError({"page": ["A number, please."]}), {})

    assert response is not None
    assert response.status_code == 400
    assert response.data["code"] == "bad_input"
    assert response.data["fields"] == {"page": ["A number, please."]}


def test_errors_of_the_framework_have_the_same_form() -> None:
    response = answer_error(exceptions.Throttled(wait=7), {})

    assert response is not None
    assert response.data["code"] == "throttled"
    assert response["Retry-After"] == "7"


def test_a_bug_is_left_to_the_500_page_and_the_log() -> None:
    assert answer_error(KeyError("x"), {}) is None
