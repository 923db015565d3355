"""The settings of `facade compare` and `facade parity`, which need neither upstreams nor keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from facade.errors import SettingInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class ParitySettings:
    """Where reports come from and where they go."""

    database_url: str
    redis_url: str


def read_parity_settings(environ: Mapping[str, str]) -> ParitySettings:
    """Read the settings; raises SettingInvalid with the name of the variable that is wrong."""
    return ParitySettings(
        database_url=_url(environ, "DATABASE_URL", ("postgresql://", "postgres://")),
        redis_url=_url(environ, "REDIS_URL", ("redis://", "rediss://", "unix://")),
    )


def rules_path(environ: Mapping[str, str]) -> Path | None:
    """Return where the comparison rules are; None when there are none."""
    text = environ.get("FACADE_PARITY_RULES", "").strip()
    return Path(text) if text else None


def _url(environ: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str:
    text = environ.get(name, "").strip()
    if not text.startswith(schemes):
        raise SettingInvalid(name, f"is not set to a URL of the form {schemes[0]}host:port/...")
    return text
