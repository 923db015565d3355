"""The environment of the stand-in, read once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from tests.legacy_lms.service.errors import MissingSettingError

__all__ = ["Settings", "from_environment"]

# The key and the server-to-server key of the recorded lab: a stand-in that is told nothing else
# accepts the cookies and the integrations of the recording.
LAB_SECRET_KEY = "lab-secret-key-not-secret-0123456789"
LAB_API_KEY = "lab-edx-api-key"
LAB_URL = "http://localhost:18000"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the service is told: where its tables are, its two keys, its own address."""

    database_url: str
    secret_key: str = LAB_SECRET_KEY
    api_key: str = LAB_API_KEY
    public_url: str = LAB_URL


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; MissingSettingError when the database is not named."""
    if not environment.get("LEGACY_DATABASE_URL"):
        raise MissingSettingError("LEGACY_DATABASE_URL")
    return Settings(
        database_url=environment["LEGACY_DATABASE_URL"],
        secret_key=environment.get("LEGACY_SECRET_KEY") or LAB_SECRET_KEY,
        api_key=environment.get("EDX_API_KEY") or LAB_API_KEY,
        public_url=environment.get("PUBLIC_URL") or LAB_URL,
    )
