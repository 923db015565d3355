"""Error bodies and pages, as far as they differ from rest_framework's own."""

import pytest
from rest_framework.exceptions import NotAuthenticated, Throttled

from compat import errors
from compat.renderers import Page


@pytest.mark.parametrize(
    ("wait", "text"),
    [
        (57.2, "Request was throttled. Expected available in 58.0 seconds."),
        (0.3, "Request was throttled. Expected available in 1.0 second."),
    ],
)
def test_the_wait_of_a_throttled_client_is_a_python_2_float(wait: float, text: str) -> None:
    response = errors.answer(Throttled(wait), {})

    assert response.status_code == 429
    assert response.data == {"detail": text}


def test_a_refused_token_is_not_wrapped_in_detail() -> None:
    refused = errors.TokenRefused("token_nonexistent", "The provided access token is unknown.")

    response = errors.answer(refused, {})

    assert response.status_code == 401
    assert response.data == {
        "error_code": "token_nonexistent",
        "developer_message": "The provided access token is unknown.",
    }


def test_what_legacy_has_in_common_with_rest_framework_is_left_alone() -> None:
    response = errors.answer(NotAuthenticated(), {})

    assert response.data == {"detail": "Authentication credentials were not provided."}


def test_an_unknown_exception_is_left_to_the_server() -> None:
    assert errors.answer(KeyError("mode"), {}) is None


def test_a_page_shows_the_answer_and_runs_none_of_it() -> None:
    page = Page().render({"bio": "<script>alert(1)</script> é"})

    assert "&lt;script&gt;alert(1)&lt;/script&gt; é" in page
    assert "<script>" not in page


def test_a_page_of_nothing_is_empty() -> None:
    assert "<pre></pre>" in Page().render(None)
