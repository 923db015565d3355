"""What `dev` runs on top of the servers: the preparing steps and the processes, declared once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["STEPS", "Service", "Step", "services"]

_BRIDGE = "compat.settings.development"
_CELERY = (
    *("-m", "celery", "--app", "modern.lms.celery"),
    *("worker", "--beat", "--pool", "solo", "--loglevel", "WARNING"),
)
_STUDIO = "modern.cms.settings.development"


@dataclass(frozen=True, slots=True)
class Step:
    """A command that runs once before the services; harmless when repeated."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """A process that is kept running.

    `command` is what follows the Python interpreter. `ready_url` answers below 400 once the service
    can be used. A change of a Python file in one of the folders `watches` restarts it.
    """

    name: str
    command: tuple[str, ...]
    watches: tuple[str, ...]
    ready_url: str = ""
    settings: str = _BRIDGE


STEPS = (
    Step("the sandbox of the legacy database", ("-m", "tests.legacy_lms.database", "load")),
    Step("the tables of modern", ("manage.py", "migrate", "--no-input", "--verbosity=0")),
    Step("the ETL's tables and triggers", ("-m", "etl", "install")),
    Step("the copy of the legacy rows", ("-m", "etl", "backfill")),
    Step("the snapshot of the flags", ("-m", "flags", "publish")),
)


def services(ports: Mapping[str, int], *, home: Path) -> tuple[Service, ...]:
    """Return the processes in the order of their start; the facade comes last."""
    facade, admin = str(ports["facade"]), str(ports["facade_admin"])
    return (
        Service(
            "legacy-lms",
            _wsgi("tests.legacy_lms.wsgi:application", ports["legacy_lms"]),
            watches=("tests/legacy_lms",),
            ready_url=f"http://127.0.0.1:{ports['legacy_lms']}/heartbeat",
        ),
        Service(
            "modern-lms",
            _wsgi("compat.wsgi:application", ports["modern_lms"]),
            watches=("modern", "compat", "flags"),
            ready_url=f"http://127.0.0.1:{ports['modern_lms']}/readyz",
        ),
        Service(
            "modern-cms",
            _wsgi("modern.cms.wsgi:application", ports["modern_cms"]),
            watches=("modern",),
            ready_url=f"http://127.0.0.1:{ports['modern_cms']}/readyz",
            settings=_STUDIO,
        ),
        Service(
            "worker",
            (*_CELERY, "--schedule", str(home / "celery-beat")),
            watches=("modern",),
        ),
        Service("etl-follow", ("-m", "etl", "follow"), watches=("etl",)),
        Service("etl-write-back", ("-m", "etl", "write-back"), watches=("etl",)),
        Service("etl-verify", ("-m", "etl", "verify", "--continuous"), watches=("etl",)),
        Service("facade-compare", ("-m", "facade", "compare"), watches=("facade",)),
        Service(
            "facade",
            ("-m", "facade", "run", "--port", facade, "--admin-port", admin, "--workers", "1"),
            watches=("facade", "flags"),
            ready_url=f"http://127.0.0.1:{admin}/-/health",
        ),
    )


def _wsgi(application: str, port: int) -> tuple[str, ...]:
    options = ("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port))
    return ("-m", "granian", *options, "--workers", "1", application)
