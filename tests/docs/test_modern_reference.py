from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command

from compat.settings.environment import BridgeEnvironment
from modern.shared.environment import ServiceEnvironment
from modern.shared.reference import page

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def test_the_page_of_the_environment_is_current() -> None:
    assert (REFERENCE / "settings.md").read_text() == page([ServiceEnvironment, BridgeEnvironment])


def test_the_openapi_document_is_current(tmp_path: Path, settings: LazySettings) -> None:
    settings.SESSION_COOKIE_NAME = "sessionid"
    made = tmp_path / "openapi.yaml"

    call_command("spectacular", urlconf="modern.lms.urls", validate=True, file=str(made))

    assert made.read_text() == (REFERENCE / "openapi.yaml").read_text()


@pytest.mark.parametrize("path", ["/api/v2/courses", "/api/v2/identity/actor"])
def test_the_openapi_document_has_what_the_lms_answers(path: str) -> None:
    assert f"\n  {path}:\n" in (REFERENCE / "openapi.yaml").read_text()
