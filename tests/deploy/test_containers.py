"""docker-compose.yml, the Dockerfiles and .env.example agree with each other and with the code."""

import re
import subprocess
from typing import Any

import pytest
import yaml

from deploy.stack import mariadb
from deploy.stack.ports import PREFERRED
from deploy.stack.services import services
from deploy.stack.settings import CHECKOUT

COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BUILT = sorted(path.parent.name for path in (CHECKOUT / "docker").glob("*/Dockerfile"))
LOCAL = {"log-bin", "server-id", "port", "bind-address", "skip-name-resolve", "socket", "pid-file"}
FOR_SPEED = {
    "innodb-flush-log-at-trx-commit",
    "innodb-doublewrite",
    "innodb-flush-method",
    "sync-frm",
    "sync-binlog",
    "innodb-buffer-pool-size",
    "performance-schema",
}


def dockerfile(name: str) -> str:
    return (CHECKOUT / "docker" / name / "Dockerfile").read_text()


def test_the_stack_of_the_design_is_there() -> None:
    assert SERVICES.keys() >= {
        *("postgres", "redis", "legacy-mysql", "legacy-lms", "facade", "lms", "cms", "worker"),
        *("etl-follow", "etl-write-back", "etl-verify", "facade-compare", "nginx"),
    }


def test_the_containers_run_what_make_dev_runs() -> None:
    applications = {
        word for name in BUILT for word in re.findall(r'"([\w.]+:application)"', dockerfile(name))
    }
    dev = services(PREFERRED_PORTS, home=CHECKOUT)

    assert applications == {
        word for service in dev for word in service.command if word.endswith(":application")
    }


def test_the_workers_of_the_bridge_are_those_of_make_dev() -> None:
    dev = {
        service.name: service.command
        for service in services(PREFERRED_PORTS, home=CHECKOUT)
        if service.name.startswith("etl-") or service.name == "facade-compare"
    }

    assert {name: tuple(SERVICES[name]["command"][1:]) for name in dev} == dev
    assert dev.keys() == {name for name in SERVICES if name.startswith("etl-")} | {"facade-compare"}


def test_the_legacy_database_is_set_up_as_the_private_one() -> None:
    words = SERVICES["legacy-mysql"]["command"]
    given = dict(word.removeprefix("--").split("=", 1) for word in words)
    private = mariadb.configuration(1)

    assert given.keys() - {"log-bin", "server-id"} == private.keys() - LOCAL - FOR_SPEED
    assert {name: given[name] for name in given.keys() - LOCAL} == {
        name: private[name] for name in given.keys() - LOCAL
    }


def test_every_variable_asked_of_the_env_file_is_in_the_example_and_no_other() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", (CHECKOUT / "docker-compose.yml").read_text()))

    assert asked == names_in(".env.example") == names_in("deploy/build.env")


def test_a_new_env_file_has_a_secret_for_every_empty_variable_and_keeps_the_rest() -> None:
    example = (CHECKOUT / ".env.example").read_text()
    command = ["sh", str(CHECKOUT / "deploy" / "new-env.sh")]
    made = subprocess.run(command, input=example, capture_output=True, text=True, check=True).stdout

    pairs = list(zip(example.splitlines(), made.splitlines(), strict=True))
    fresh = [new for old, new in pairs if old.endswith("=") and not old.startswith("#")]
    assert len(fresh) == len(set(fresh)) == 4
    assert [new for new in fresh if not re.fullmatch(r"[A-Z_]+=[0-9a-f]{48}", new)] == []
    assert [(old, new) for old, new in pairs if old != new and new not in fresh] == []


def test_every_url_names_a_service() -> None:
    text = (CHECKOUT / "docker-compose.yml").read_text()
    hosts = set(re.findall(r"(?:http://|redis://|@)([a-z-]+):\d+", text))

    assert hosts <= SERVICES.keys()
    assert len(hosts) == 6


@pytest.mark.parametrize("name", BUILT)
def test_an_image_copies_what_exists_and_runs_as_nobody_special(name: str) -> None:
    text = dockerfile(name)
    copied = re.findall(r"^COPY (?!--from)(\S+)", text, flags=re.MULTILINE)

    assert [source for source in copied if not (CHECKOUT / source).exists()] == []
    assert re.search(r"^USER (10001:10001|nginx)$", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", BUILT)
def test_an_image_holds_only_the_rooms_it_needs(name: str) -> None:
    rooms = {"facade", "flags", "etl", "compat", "modern"}
    copied = set(re.findall(r"^COPY (\w+) \w+$", dockerfile(name), flags=re.MULTILINE))

    assert copied & rooms == {
        "lms": {"modern", "compat", "flags"},
        "cms": {"modern"},
        "facade": {"facade", "flags"},
        "etl": {"etl"},
    }.get(name, set())


def test_everything_of_ours_runs_without_privileges_on_a_read_only_disk() -> None:
    ours = {n: s for n, s in SERVICES.items() if s["image"].startswith("modern-edx/")}

    assert [n for n, s in ours.items() if not s["read_only"] or s["cap_drop"] != ["ALL"]] == []


def test_no_image_comes_from_a_named_registry() -> None:
    images = [service["image"] for service in SERVICES.values()]
    images += [
        word
        for name in BUILT
        for word in re.findall(r"^FROM (\S+)", dockerfile(name), re.MULTILINE)
    ]

    assert [image for image in images if "." in image.partition("/")[0].partition(":")[0]] == []


def names_in(path: str) -> set[str]:
    return set(re.findall(r"^(\w+)=", (CHECKOUT / path).read_text(), flags=re.MULTILINE))


PREFERRED_PORTS = {name: port or 1 for name, port in PREFERRED.items()}
