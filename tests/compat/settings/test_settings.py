import json

import pytest
from django.conf import settings
from django.contrib.auth.hashers import check_password, get_hasher
from django.test import Client, RequestFactory
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from tests.modern.identity.minting import mint
from tests.modern.services import NEVER, run

COMPLETE = {
    "SECRET_KEY": "s" * 60,
    "DATABASE_URL": NEVER,
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "ALLOWED_HOSTS": "localhost",
    "BRIDGE_KEY": "b" * 32,
    "SNAPSHOT_PATH": "/nowhere/snapshot.json",
}
BOOT = """
import json, django
from django.conf import settings
django.setup()
names = ["ROOT_URLCONF", "WAFFLE_FLAG_MODEL", "BRIDGE_KEY", "EDX_API_KEY", "SESSION_COOKIE_SECURE"]
print(json.dumps({name: getattr(settings, name) for name in names}))
"""


def test_the_bridge_runs_in_production_on_the_environment_alone() -> None:
    done = run(BOOT, DJANGO_SETTINGS_MODULE="compat.settings.production", **COMPLETE)

    assert json.loads(done.stdout or done.stderr) == {
        "ROOT_URLCONF": "compat.urls",
        "WAFFLE_FLAG_MODEL": "flags.Flag",
        "BRIDGE_KEY": "b" * 32,
        "EDX_API_KEY": None,
        "SESSION_COOKIE_SECURE": True,
    }


@pytest.mark.parametrize("name", ["BRIDGE_KEY", "SNAPSHOT_PATH"])
@pytest.mark.parametrize("kind", ["production", "development"])
def test_the_bridge_does_not_start_without_its_variables(kind: str, name: str) -> None:
    rest = {key: value for key, value in COMPLETE.items() if key != name}

    done = run(BOOT, DJANGO_SETTINGS_MODULE=f"compat.settings.{kind}", **rest)

    assert done.returncode == 1
    assert f"ImproperlyConfigured: {name} is not set" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("given", "key"),
    [({}, "placeholder secret key"), ({"PROFILE_IMAGE_SECRET_KEY": "legacy's"}, "legacy's")],
)
def test_pictures_are_named_by_legacys_key(given: dict[str, str], key: str) -> None:
    boot = BOOT.replace('"EDX_API_KEY"', '"PROFILE_IMAGE_SECRET_KEY"')
    done = run(boot, DJANGO_SETTINGS_MODULE="compat.settings.production", **COMPLETE, **given)

    assert json.loads(done.stdout or done.stderr)["PROFILE_IMAGE_SECRET_KEY"] == key


def test_a_short_bridge_key_is_refused() -> None:
    rest = COMPLETE | {"BRIDGE_KEY": "short"}

    done = run(BOOT, DJANGO_SETTINGS_MODULE="compat.settings.production", **rest)

    assert "BRIDGE_KEY cannot be used: it needs at least 32 characters" in done.stderr


def test_a_hash_that_legacy_made_is_left_as_it_is() -> None:
    encoded = "pbkdf2_sha256$20000$aB3dE5fG7hJ9$XPeN0sMSNaPr1p7rIFa5RCyufg0YWV7BGP3YFGIfrKU="
    renewed: list[str] = []

    assert check_password("edx", encoded, setter=renewed.append)
    assert renewed == []
    assert get_hasher("default").encode("edx", "aB3dE5fG7hJ9") == encoded


def test_throttles_count_by_client_and_not_by_the_proxies_between() -> None:
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "203.0.113.9, 10.0.0.1"})

    assert BaseThrottle().get_ident(Request(request)) == "203.0.113.9"


@pytest.mark.django_db
def test_the_session_cookie_of_legacy_is_never_deleted(client: Client) -> None:
    cookie = "1|x8w1q0m5e3z7r2t6y4u9i1o0p5a7s3d2|Kq3vT9ZbLm0x|signature"
    client.cookies["sessionid"] = cookie

    answer = client.get("/api/v2/identity/session")

    assert answer.status_code == 200
    assert "sessionid" not in answer.cookies


@pytest.mark.django_db
def test_the_bridge_believes_identities_signed_with_its_key(client: Client) -> None:
    header = mint(key=settings.BRIDGE_KEY, target=b"/api/v2/identity/actor?")

    answer = client.get("/api/v2/identity/actor", headers={"X-Bridge-Identity": header})

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_user")
