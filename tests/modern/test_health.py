import json

import pytest
from django.conf import LazySettings
from django.test import Client

from modern.shared.databases import caches
from tests.modern.services import ASK, NEVER, run


def test_a_living_process_says_so_without_touching_a_server(client: Client) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_it_is_ready_when_both_servers_answer(client: Client) -> None:
    answer = client.get("/readyz")

    checks = {"postgresql": "ok", "redis": "ok"}
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "checks": checks})


@pytest.mark.django_db
def test_it_is_not_ready_without_redis(client: Client, settings: LazySettings) -> None:
    settings.CACHES = caches("redis://127.0.0.1:1/0")

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"postgresql": "ok", "redis": "down"}


@pytest.mark.parametrize("service", ["lms", "cms"])
def test_without_its_database_a_service_lives_but_is_not_ready(service: str) -> None:
    settings = f"modern.{service}.settings.test"

    done = run(ASK, "/healthz", "/readyz", DJANGO_SETTINGS_MODULE=settings, DATABASE_URL=NEVER)

    (alive, _), (ready, body) = json.loads(done.stdout)
    assert (alive, ready) == (200, 503)
    assert json.loads(body)["checks"]["postgresql"] == "down"


def test_probes_are_answered_whatever_host_they_ask_for(client: Client) -> None:
    assert client.get("/healthz", headers={"host": "10.1.2.3:8000"}).status_code == 200


def test_nobody_posts_to_a_probe(client: Client, modern_alone: LazySettings) -> None:
    assert client.post("/healthz").status_code == 404
