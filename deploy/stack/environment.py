"""The environment of the running stack, as ARCHITECTURE.md lists it; pure."""

import shlex
from collections.abc import Mapping
from pathlib import Path

__all__ = ["exports", "variables"]

# The keys of the recorded world: its cookies and calls are signed with them, so they are no secret.
_LEGACY_SECRET_KEY = "lab-secret-key-not-secret-0123456789"  # noqa: S105 (see above)
_PROFILE_IMAGE_KEY = "placeholder secret key"
_EDX_API_KEY = "lab-edx-api-key"


def variables(
    urls: Mapping[str, str], ports: Mapping[str, int], secrets: Mapping[str, str], *, home: Path
) -> dict[str, str]:
    """Return name → value for the three servers' URLs, the ports and the secrets of one stack."""
    return {
        "DJANGO_SETTINGS_MODULE": "compat.settings.development",
        "DATABASE_URL": urls["postgres"],
        "LEGACY_DATABASE_URL": urls["mariadb"],
        "REDIS_URL": urls["redis"],
        "LEGACY_URL": _local(ports["legacy_lms"]),
        "LEGACY_CMS_URL": _local(ports["legacy_lms"]),
        "MODERN_LMS_URL": _local(ports["modern_lms"]),
        "MODERN_CMS_URL": _local(ports["modern_cms"]),
        "CMS_HOSTS": f"studio.localhost:{ports['facade']},studio.localhost",
        "BRIDGE_KEY": secrets["bridge_key"],
        "SNAPSHOT_PATH": str(home / "snapshot.json"),
        "SECRET_KEY": secrets["secret_key"],
        "LEGACY_SECRET_KEY": _LEGACY_SECRET_KEY,
        "EDX_API_KEY": _EDX_API_KEY,
        "PROFILE_IMAGE_SECRET_KEY": _PROFILE_IMAGE_KEY,
        "PUBLIC_URL": _local(ports["facade"]),
    }


def exports(values: Mapping[str, str]) -> str:
    """Return lines for a shell to evaluate."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())


def _local(port: int) -> str:
    return f"http://127.0.0.1:{port}"
