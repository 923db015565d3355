"""The manifests are complete, careful, and agree with the containers."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.stack.settings import CHECKOUT

FOLDER = CHECKOUT / "deploy" / "kubernetes"
KUSTOMIZATION: dict[str, Any] = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
OBJECTS: list[dict[str, Any]] = [
    each
    for name in KUSTOMIZATION["resources"]
    for each in yaml.safe_load_all((FOLDER / name).read_text())
]
COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]
WITH_PODS = [each for each in OBJECTS if each["kind"] in ("Deployment", "Job")]
WITH_PODS += [
    {**each, **each["spec"]["jobTemplate"]} for each in OBJECTS if each["kind"] == "CronJob"
]
CONTAINERS = [each["spec"]["template"]["spec"]["containers"][0] for each in WITH_PODS]


def named(kind: str) -> set[str]:
    return {each["metadata"]["name"] for each in OBJECTS if each["kind"] == kind}


def test_every_manifest_is_applied_but_the_example_of_the_secret() -> None:
    files = {path.name for path in FOLDER.glob("*.yaml")}

    assert files - set(KUSTOMIZATION["resources"]) == {"kustomization.yaml", "secret.example.yaml"}


def test_every_process_of_the_containers_is_deployed() -> None:
    ours = {"facade", "lms", "cms", "worker", "facade-compare"}
    ours |= {"etl-follow", "etl-write-back", "etl-verify"}

    assert named("Deployment") == ours


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda container: container["name"])
def test_a_container_is_limited_and_unprivileged(container: dict[str, Any]) -> None:
    context = container["securityContext"]

    assert container["resources"].keys() == {"requests", "limits"}
    assert context["readOnlyRootFilesystem"]
    assert not context["allowPrivilegeEscalation"]
    assert context["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("pods", WITH_PODS, ids=lambda each: each["metadata"]["name"])
def test_pods_never_run_as_root(pods: dict[str, Any]) -> None:
    assert pods["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"]


def test_what_serves_is_probed_and_survives_the_draining_of_a_node() -> None:
    serving = {each["name"] for each in CONTAINERS if "ports" in each}
    probed = {each["name"] for each in CONTAINERS if {"readinessProbe", "livenessProbe"} <= {*each}}

    assert serving == probed == named("Service") == named("PodDisruptionBudget")


def test_secrets_come_by_reference_and_every_key_is_in_the_example() -> None:
    example = yaml.safe_load((FOLDER / "secret.example.yaml").read_text())["stringData"]
    asked = {
        variable["valueFrom"]["secretKeyRef"]["key"]
        for container in CONTAINERS
        for variable in container["env"]
    }

    assert asked == example.keys()


def test_a_worker_is_what_compose_calls_by_its_name() -> None:
    deployed = {
        each["name"]: each["command"]
        for each in CONTAINERS
        if each["name"].startswith("etl-") or each["name"] == "facade-compare"
    }

    assert len(deployed) == 4
    assert deployed == {name: COMPOSE[name]["command"] for name in deployed}


def test_images_are_those_that_compose_builds() -> None:
    built = {service["image"] for service in COMPOSE.values() if "build" in service}

    assert {each["image"] for each in CONTAINERS} <= built
    assert {each["name"] for each in KUSTOMIZATION["images"]} == {c["image"] for c in CONTAINERS}


def test_every_deploy_prepares_anew_in_the_namespace_of_the_manifests() -> None:
    script = (CHECKOUT / "deploy" / "apply.sh").read_text()
    deleted = re.search(r"^kubectl delete job (.+) --namespace (\S+) ", script, re.MULTILINE)

    assert deleted
    assert {*deleted[1].split()} == named("Job")
    assert deleted[2] == KUSTOMIZATION["namespace"]
    assert script.index("kubectl delete") < script.index("kubectl apply")


def test_addresses_hold_no_secret() -> None:
    text = Path(FOLDER / "addresses.env").read_text()
    names = {line.partition("=")[0] for line in text.splitlines()}

    assert names & {"BRIDGE_KEY", "SECRET_KEY", "LEGACY_SECRET_KEY", "EDX_API_KEY"} == set()
