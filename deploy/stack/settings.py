"""The environment as the stack reads it: which servers somebody else provides, and the PATH.

Read once by the command line and by `up()`; nothing else in this package looks at the environment.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CHECKOUT", "OVERRIDES", "StackSettings", "plain", "read"]

CHECKOUT = Path(__file__).resolve().parents[2]
OVERRIDES = {
    "postgres": "DATABASE_URL",
    "mariadb": "LEGACY_DATABASE_URL",
    "redis": "REDIS_URL",
}


@dataclass(frozen=True, slots=True)
class StackSettings:
    """URLs of servers that exist already, by the name of the server they stand in for."""

    given: Mapping[str, str]
    environ: Mapping[str, str]


def read(environ: Mapping[str, str] | None = None) -> StackSettings:
    """Return the settings of `environ`, of the process when none is given."""
    source = dict(os.environ if environ is None else environ)
    given = {name: source[variable] for name, variable in OVERRIDES.items() if source.get(variable)}
    return StackSettings(given=given, environ=source)


def plain() -> dict[str, str]:
    """Return what programs need of any environment, without what a developer has set."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
