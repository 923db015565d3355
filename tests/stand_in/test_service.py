"""The service as a process: its settings, its database, its sockets."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from tests.legacy_lms.in_process import sender
from tests.legacy_lms.service import settings as stand_in_settings
from tests.legacy_lms.service.application import Application
from tests.legacy_lms.service.errors import MissingSettingError
from tests.legacy_lms.service.settings import Settings
from tests.legacy_lms.serving import CHECKOUT, serve
from tests.stand_in.browser import World

ENROLLMENT = "/api/enrollment/v1/enrollment/grace,course-v1%3ALabU%2BVER101%2B2016_T3"


@pytest.fixture(scope="module")
def served(loaded: str) -> Iterator[str]:
    with serve(loaded) as url:
        yield url


def test_the_environment_is_read_with_the_labs_values_for_the_rest() -> None:
    given = {"LEGACY_DATABASE_URL": "mysql://u:p@h:1/d", "EDX_API_KEY": "key"}

    assert stand_in_settings.from_environment(given) == Settings("mysql://u:p@h:1/d", api_key="key")


def test_a_missing_database_is_named_with_the_way_out() -> None:
    with pytest.raises(MissingSettingError) as missing:
        stand_in_settings.from_environment({})

    assert str(missing.value) == (
        "LEGACY_DATABASE_URL is not set: run `python -m deploy.stack env` and export what it prints"
    )


def test_the_application_does_not_start_without_a_database() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import tests.legacy_lms.wsgi"],
        cwd=CHECKOUT,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "LEGACY_DATABASE_URL is not set" in done.stderr.splitlines()[-1]


def test_a_real_server_answers_a_percent_encoded_path(served: str, world: World) -> None:
    answer = httpx.get(f"{served}{ENROLLMENT}", headers={"X-Edx-Api-Key": "lab-edx-api-key"})

    assert answer.status_code == 200
    assert answer.json()["user"] == "grace"
    assert "server" in answer.headers


def test_a_browser_logs_in_over_real_sockets(served: str, world: World) -> None:
    with httpx.Client(base_url=served) as client:
        client.get("/login")
        client.post(
            "/user_api/v1/account/login_session/",
            data={"email": "ada@example.com", "password": "Legacy-Pass1"},
            headers={"X-CSRFToken": client.cookies["csrftoken"]},
        ).raise_for_status()
        who = client.get("/api/mobile/v0.5/my_user_info")

    assert who.headers["Location"] == f"{served}/api/mobile/v0.5/users/ada"


def test_a_lost_connection_is_replaced(world: World, settings: Settings) -> None:
    application = Application(settings)
    send = sender(application)
    assert send("GET", "/heartbeat", {}, b"").status == 200
    lost = world.rows(
        "SELECT id FROM information_schema.processlist"
        " WHERE db = DATABASE() AND id <> CONNECTION_ID()"
    )

    for row in lost:
        world.run(f"KILL {row['id']}")

    assert send("GET", "/heartbeat", {}, b"").status == 200
    assert lost
    application.close()


def test_an_unreachable_database_is_a_server_error(settings: Settings) -> None:
    application = Application(replace(settings, database_url="mysql://u:p@127.0.0.1:1/d"))

    answers = [sender(application)("GET", "/heartbeat", {}, b"").status for _ in range(20)]

    assert answers == [500] * 20
    application.close()
