"""What the stack remembers between commands: ports and secrets, in one file of mode 0600."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from deploy.stack.errors import StateDamaged

__all__ = ["SECRETS", "State", "load", "save", "with_secrets", "write_private"]

SECRETS = ("postgres_admin", "modern", "bridge", "mariadb_admin", "bridge_key", "secret_key")


@dataclass(frozen=True, slots=True)
class State:
    """Ports and secrets by name."""

    ports: Mapping[str, int] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


def load(path: Path) -> State:
    """Return the remembered state, an empty one when there is none yet."""
    try:
        document = json.loads(path.read_text())
        return State(
            ports={str(name): int(port) for name, port in document["ports"].items()},
            secrets={str(name): str(value) for name, value in document["secrets"].items()},
        )
    except FileNotFoundError:
        return State()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StateDamaged(str(path), "it is not what the stack wrote") from error


def save(path: Path, state: State) -> None:
    """Write the state."""
    write_private(path, json.dumps(asdict(state), indent=2))


def with_secrets(known: Mapping[str, str]) -> dict[str, str]:
    """Return a secret for every name, made now where none is known; letters and digits only."""
    return {name: known.get(name) or secrets.token_hex(24) for name in SECRETS}


def write_private(path: Path, text: str) -> None:
    """Replace a file at once by one that only its owner can read."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    fresh.replace(path)
