"""What the enrolment tests share."""

import pytest

from tests.modern.enrollment.world import Capture, Tracked


@pytest.fixture
def tracked(
    caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Capture
) -> Tracked:
    return Tracked(caplog, django_capture_on_commit_callbacks)
