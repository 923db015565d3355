"""The variables of the bridge period, on top of those of the services."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from modern.shared.environment import secret, text, variable


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeEnvironment:
    """What only the bridge needs; it goes when the bridge goes."""

    bridge_key: str = field(
        metadata=variable(
            "BRIDGE_KEY", secret, "the key of identities and snapshots, 32 characters or more"
        ),
        repr=False,
    )
    snapshot_path: Path = field(
        metadata=variable("SNAPSHOT_PATH", Path, "the file of the last good snapshot of the flags")
    )
    edx_api_key: str | None = field(
        default=None,
        metadata=variable(
            "EDX_API_KEY",
            text,
            "the key that integrations send as X-Edx-Api-Key; none: refuse them",
        ),
        repr=False,
    )
    profile_image_secret_key: str = field(
        default="placeholder secret key",
        metadata=variable(
            "PROFILE_IMAGE_SECRET_KEY",
            text,
            "legacy's key of the names of profile pictures; none: the one that legacy ships",
        ),
        repr=False,
    )
