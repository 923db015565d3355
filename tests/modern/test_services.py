import json
from importlib import import_module

import pytest
from django.core.management import call_command

from tests.modern.services import ASK, NEVER, run

COMPLETE = {
    "SECRET_KEY": "".join(chr(33 + n) for n in range(60)),
    "DATABASE_URL": NEVER,
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "ALLOWED_HOSTS": "localhost",
    "HSTS_SECONDS": "3600",
}
CHECK = """
import django
from django.core.management import call_command
django.setup()
call_command("check", deploy=True, fail_level="WARNING")
"""


@pytest.mark.parametrize("service", ["lms", "cms"])
def test_a_service_in_production_passes_djangos_own_checks(service: str) -> None:
    settings = f"modern.{service}.settings.production"

    done = run(CHECK, DJANGO_SETTINGS_MODULE=settings, **COMPLETE)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS"])
def test_production_does_not_start_without_a_variable(name: str) -> None:
    rest = {key: value for key, value in COMPLETE.items() if key != name}

    done = run(CHECK, DJANGO_SETTINGS_MODULE="modern.cms.settings.production", **rest)

    assert done.returncode == 1
    assert f"ImproperlyConfigured: {name} is not set" in done.stderr.splitlines()[-1]


def test_studio_answers_its_schema_and_identity() -> None:
    settings = "modern.cms.settings.test"

    done = run(ASK, "/api/v2/schema", "/api/v2/identity/actor", DJANGO_SETTINGS_MODULE=settings)

    (schema, text), (actor, refusal) = json.loads(done.stdout)
    assert (schema, actor) == (200, 401)
    assert "Modern Studio" in text
    assert json.loads(refusal)["code"] == "not_authenticated"


@pytest.mark.parametrize("service", ["lms", "cms"])
@pytest.mark.parametrize("door", ["wsgi", "asgi"])
def test_a_service_has_both_doors(service: str, door: str) -> None:
    assert callable(import_module(f"modern.{service}.{door}").application)


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    apps = ("identity", "permissions", "catalog")

    call_command("makemigrations", *apps, check_changes=True, dry_run=True, verbosity=0)


def test_the_schema_has_no_gaps() -> None:
    call_command(
        "spectacular", urlconf="modern.lms.urls", validate=True, fail_on_warn=True, file="/dev/null"
    )
