import json
import re

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.modern.services import ASK, run


def test_the_page_about_the_api_gets_all_it_needs_from_this_service(
    browser: Client, modern_alone: LazySettings
) -> None:
    page = browser.get("/api/v2/docs")
    text = page.content.decode()
    assets = re.findall(r'(?:href|src)="([^"]+)"', text)

    assert page.status_code == 200
    assert "Modern LMS" in text
    assert "/api/v2/schema" in text
    assert len(assets) == 4
    for asset in assets:
        answer = browser.get(asset)
        assert asset.startswith("/api/v2/docs/assets/")
        assert answer.status_code == 200
        assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # of a file


@pytest.mark.parametrize(
    ("path", "status"), [("nothing.js", 404), ("../LICENSE", 400), ("..%2f..%2fapps.py", 400)]
)
def test_no_other_file_is_served(
    browser: Client, modern_alone: LazySettings, path: str, status: int
) -> None:
    assert browser.get(f"/api/v2/docs/assets/{path}").status_code == status


def test_studio_has_a_page_of_its_own() -> None:
    done = run(ASK, "/api/v2/docs", DJANGO_SETTINGS_MODULE="modern.cms.settings.test")

    ((status, text),) = json.loads(done.stdout)
    assert status == 200
    assert "Modern Studio" in text
