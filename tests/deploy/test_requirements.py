"""What the images install is enough: programs start without anything that only developers have."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions

import pytest

from deploy.stack.settings import CHECKOUT

ENVIRONMENT = {
    "DATABASE_URL": "postgresql://modern:password@localhost:5432/modern_edx",
    "LEGACY_DATABASE_URL": "mysql://bridge:password@localhost:3306/edxapp",
    "REDIS_URL": "redis://localhost:6379/0",
    "CELERY_BROKER_URL": "redis://localhost:6379/0",
    "ALLOWED_HOSTS": "localhost",
    "SECRET_KEY": "k" * 50,
    "BRIDGE_KEY": "k" * 32,
    "EDX_API_KEY": "key",
    "SNAPSHOT_PATH": "/nowhere/snapshot.json",
}
REFUSE_THE_REST = """
import importlib, pkgutil, sys
class Refusal:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {refused!r}:
            raise ModuleNotFoundError(f"{{name}} is not in requirements.lock", name=name)
sys.meta_path.insert(0, Refusal())
"""
EVERY_MODULE = """
import {room}
for module in pkgutil.walk_packages({room}.__path__, "{room}."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""


@pytest.mark.parametrize(
    "program",
    [
        "import compat.wsgi",
        "import modern.cms.wsgi",
        "import tests.legacy_lms.wsgi",
        "from modern.lms.celery import app; app.connection_for_write().transport",
        EVERY_MODULE.format(room="facade"),
        EVERY_MODULE.format(room="etl"),
    ],
    ids=["lms", "cms", "legacy-lms", "worker", "facade", "etl"],
)
def test_a_program_needs_nothing_that_its_image_does_not_install(program: str) -> None:
    script = REFUSE_THE_REST.format(refused=not_installed_in_images()) + program
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=CHECKOUT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def not_installed_in_images() -> set[str]:
    """Return the top-level modules of this environment that no locked requirement brings."""
    lock = (CHECKOUT / "requirements.lock").read_text()
    locked = {normal(name) for name in re.findall(r"^([\w.-]+)==", lock, flags=re.MULTILINE)}
    return {
        module
        for module, distributions in packages_distributions().items()
        if not {normal(name) for name in distributions} & {*locked, "modern-edx"}
    }


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
