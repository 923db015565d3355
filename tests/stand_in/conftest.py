"""A recorded world for the stand-in, and clients that talk to it without a socket."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pymysql
import pytest
from pymysql.cursors import DictCursor

from deploy.stack import Servers
from tests.legacy_lms import database
from tests.legacy_lms.in_process import sender
from tests.legacy_lms.service.application import Application
from tests.legacy_lms.service.settings import Settings
from tests.recorded import Send
from tests.servers import fresh_mariadb
from tests.stand_in.browser import Browser, World

CHANGED = (
    "auth_user",
    "auth_userprofile",
    "certificates_generatedcertificate",
    "course_modes_coursemode",
    "course_overviews_courseoverview",
    "django_comment_client_role",
    "django_comment_client_role_users",
    "django_session",
    "oauth2_accesstoken",
    "oauth2_provider_accesstoken",
    "oauth2_provider_refreshtoken",
    "oauth2_refreshtoken",
    "student_courseenrollment",
    "student_courseenrollmentallowed",
    "student_courseenrollmentattribute",
    "student_historicalcourseenrollment",
    "student_languageproficiency",
    "student_loginfailures",
    "user_api_userorgtag",
    "user_api_userpreference",
    "util_ratelimitconfiguration",
)


@pytest.fixture(scope="session")
def loaded(servers: Servers) -> Iterator[str]:
    """A database of this session with the recorded rows; `world` puts back what tests change."""
    with fresh_mariadb(servers) as url:
        database.load(url)
        yield url


@pytest.fixture(scope="session")
def connected(loaded: str) -> Iterator[World]:
    """One look into the database for all tests."""
    parts = urlsplit(loaded)
    connection = pymysql.connect(
        host=parts.hostname,
        port=parts.port or 0,
        user=parts.username,
        password=parts.password or "",
        database=parts.path.removeprefix("/"),
        autocommit=True,
        init_command="SET time_zone='+00:00', foreign_key_checks=0",
        cursorclass=DictCursor,
    )
    yield World(connection)
    connection.close()


@pytest.fixture(scope="session")
def untouched(connected: World) -> dict[str, int]:
    """The checksums of the recorded rows."""
    return connected.checksums(CHANGED)


@pytest.fixture
def world(loaded: str, connected: World, untouched: dict[str, int]) -> World:
    """The recorded rows, put back where the test before changed them, to look at and prepare."""
    changed = [
        name for name, sum_ in connected.checksums(CHANGED).items() if sum_ != untouched[name]
    ]
    if changed:
        database.reset(loaded, changed)
    return connected


@pytest.fixture
def settings(loaded: str) -> Settings:
    return Settings(loaded)


@pytest.fixture
def send(world: World, settings: Settings) -> Iterator[Send]:
    application = Application(settings)
    yield sender(application)
    application.close()


@pytest.fixture
def browser(send: Send) -> Browser:
    return Browser(send)


@pytest.fixture
def ada(send: Send) -> Browser:
    return Browser(send).logged_in("ada")


@pytest.fixture
def integration(send: Send) -> Browser:
    """A server that knows the API key."""
    return Browser(send, {"X-Edx-Api-Key": "lab-edx-api-key"})
