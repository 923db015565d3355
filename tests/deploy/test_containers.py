"""docker-compose.yml, the Dockerfiles and .env.example agree with each other and with the code.

No container engine is needed: what one does with these files is no part of a run.
"""

import re
import subprocess
from dataclasses import fields
from typing import Any

import pytest
import yaml

from deploy.stack import mariadb
from deploy.stack.ports import PREFERRED
from deploy.stack.services import services
from deploy.stack.settings import CHECKOUT
from deploy.stack.tour import banner_of_containers, tour
from facade.settings import FacadeSettings

COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
# One stage a line of FROM: what it is built on, its name, and its instructions.
STAGES = {
    name: (source, instructions)
    for source, name, instructions in re.findall(
        r"^FROM (\S+) AS (\S+)\n(.*?)(?=^FROM|\Z)",
        (CHECKOUT / "docker" / "Dockerfile").read_text(),
        flags=re.MULTILINE | re.DOTALL,
    )
}
BUILT = sorted(name for name, (source, _) in STAGES.items() if source == "base")
NGINX = (CHECKOUT / "docker" / "nginx" / "Dockerfile").read_text()
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


def copied(instructions: str) -> list[str]:
    own = r"^COPY (?:--from=rooms /rooms/|--chmod=644 |(?!-))([^ .]\S*) "
    return re.findall(own, instructions, flags=re.MULTILINE)


def test_the_stack_of_the_design_is_there() -> None:
    assert SERVICES.keys() >= {
        *("postgres", "redis", "legacy-mysql", "legacy-lms", "facade", "lms", "cms", "worker"),
        *("etl-follow", "etl-write-back", "etl-verify", "facade-compare", "nginx"),
    }


def test_the_containers_run_what_make_dev_runs() -> None:
    applications = {
        word for name in BUILT for word in re.findall(r'"([\w.]+:application)"', STAGES[name][1])
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


def test_a_database_counts_as_ready_once_it_answers_where_the_services_ask() -> None:
    """The images first make the database with a server that listens on its socket alone."""
    asked = {name: SERVICES[name]["healthcheck"]["test"] for name in ("postgres", "legacy-mysql")}

    assert "--host=127.0.0.1" in asked["postgres"]
    assert "--connect" in asked["legacy-mysql"]


def test_who_serves_is_asked_for_its_health_and_has_a_minute_to_start() -> None:
    """A container that runs something else than its image serves cannot answer that check."""
    asked = [name for name in BUILT if "HEALTHCHECK" in STAGES[name][1]]
    texts = [NGINX, *(STAGES[name][1] for name in asked)]
    checks = [line for text in texts for line in text.splitlines() if "HEALTHCHECK" in line]
    others = {
        name
        for name, service in SERVICES.items()
        if "command" in service and service["image"].removeprefix("modern-edx/") in asked
    }

    assert asked == [name for name in BUILT if "EXPOSE" in STAGES[name][1]]
    assert [check for check in checks if "--start-period=60s" not in check] == []
    assert {n for n in others if SERVICES[n].get("healthcheck") != {"disable": True}} == set()


def test_what_a_person_types_is_on_the_ports_of_make_dev_and_on_loopback_alone() -> None:
    published = {
        (name, binding.rpartition(":")[0])
        for name, service in SERVICES.items()
        for binding in service.get("ports", ())
    }
    places = {
        "nginx": "facade",
        "facade": "facade_admin",
        "legacy-lms": "legacy_lms",
        "lms": "modern_lms",
        "cms": "modern_cms",
    }

    assert published == {(name, f"127.0.0.1:{PREFERRED[port]}") for name, port in places.items()}


def test_the_tour_calls_services_and_variables_that_are_there() -> None:
    text = banner_of_containers()
    called = re.findall(r"docker compose exec -T (\S+) (?:python -m|printenv) (\w+)", text)

    assert called == [("lms", "flags"), ("etl-follow", "etl"), ("lms", "EDX_API_KEY")]
    assert SERVICES["ready"]["command"] == ["python", "-m", "deploy.stack", "containers"]
    assert "EDX_API_KEY" in SERVICES["lms"]["environment"]


def test_the_tour_is_that_of_make_dev_after_its_first_lines() -> None:
    facade = f"http://127.0.0.1:{PREFERRED['facade']}"
    _, heading, steps = tour(facade, home=CHECKOUT, stack="stack").partition("  # Two courses")

    assert heading + steps in banner_of_containers()


def test_a_facade_that_drains_is_not_killed_before_it_is_done() -> None:
    default = next(each.default for each in fields(FacadeSettings) if each.name == "drain_seconds")
    given = SERVICES["facade"]["stop_grace_period"]

    assert float(given.removesuffix("s")) >= default + 10


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


def test_what_is_copied_into_images_exists_and_is_let_through_to_the_build() -> None:
    let_through = [
        line.removeprefix("!")
        for line in (CHECKOUT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    sources = copied(NGINX) + [each for _, text in STAGES.values() for each in copied(text)]

    assert [source for source in sources if not (CHECKOUT / source).exists()] == []
    assert {source for source in sources if source not in let_through} == set()
    assert {source for source in let_through if source not in sources} == set()


def test_images_can_be_read_whatever_umask_the_checkout_was_made_with() -> None:
    """Copied files keep their modes, and services are not the user who made the checkout."""
    straight = [
        name
        for name in BUILT
        if re.search("^COPY (?!--from=rooms )", STAGES[name][1], re.MULTILINE)
    ]

    assert straight == []
    assert "\nRUN chmod -R a+rX /rooms\n" in STAGES["rooms"][1]
    assert re.findall("^COPY (?!--chmod=644 )", NGINX, re.MULTILINE) == []
    assert [s for s in SERVICES.values() if any("./" in v for v in s.get("volumes", ()))] == []


def test_images_share_all_but_the_rooms_and_run_as_nobody_special() -> None:
    _, base = STAGES["base"]

    assert BUILT == ["cms", "etl", "facade", "legacy-lms", "lms"]
    assert re.search("^USER 10001:10001$", base, re.MULTILINE)
    assert [name for name in BUILT if re.search("^(RUN|USER)", STAGES[name][1], re.MULTILINE)] == []
    assert "\nUSER nginx\n" in NGINX


def test_every_image_is_built_by_a_service_and_bears_its_name() -> None:
    built = {
        (service["build"]["dockerfile"], service["build"].get("target"), service["image"])
        for service in SERVICES.values()
        if "build" in service
    }

    assert built == {
        ("docker/nginx/Dockerfile", None, "modern-edx/nginx"),
        *(("docker/Dockerfile", name, f"modern-edx/{name}") for name in BUILT),
    }


@pytest.mark.parametrize("name", BUILT)
def test_an_image_holds_only_the_rooms_it_needs(name: str) -> None:
    rooms = {"facade", "flags", "etl", "compat", "modern"}

    assert (
        rooms.intersection(copied(STAGES[name][1]))
        == {
            "lms": {"modern", "compat", "flags"},
            "cms": {"modern"},
            "facade": {"facade", "flags"},
            "etl": {"etl"},
            "legacy-lms": set(),
        }[name]
    )


def test_everything_of_ours_runs_without_privileges_on_a_read_only_disk() -> None:
    ours = {n: s for n, s in SERVICES.items() if s["image"].startswith("modern-edx/")}

    assert [n for n, s in ours.items() if not s["read_only"] or s["cap_drop"] != ["ALL"]] == []


def test_only_official_images_are_fetched_and_no_registry_is_named() -> None:
    foreign = {s["image"] for s in SERVICES.values() if not s["image"].startswith("modern-edx/")}
    foreign |= {source for source, _ in STAGES.values() if source not in STAGES}
    foreign |= set(re.findall(r"^FROM (\S+)", NGINX, re.MULTILINE))
    texts = [NGINX, (CHECKOUT / "docker" / "Dockerfile").read_text()]

    assert {image.partition(":")[0] for image in foreign} == {
        *("python", "nginx", "postgres", "redis", "mariadb"),
    }
    # A syntax line would fetch one more: what reads the file.
    assert [text for text in texts if text.startswith("# syntax")] == []


def names_in(path: str) -> set[str]:
    return set(re.findall(r"^(\w+)=", (CHECKOUT / path).read_text(), flags=re.MULTILINE))


PREFERRED_PORTS = {name: port or 1 for name, port in PREFERRED.items()}
