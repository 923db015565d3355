"""The snapshot on disk: what a worker starts from when Redis and the database are down.

No Django.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["read_snapshot", "write_snapshot"]


def read_snapshot(path: Path) -> bytes | None:
    """Give the document, or None if there is no file yet; `OSError` if it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def write_snapshot(path: Path, document: bytes) -> None:
    """Replace the file in one step, mode 0600: a reader sees the old document or the new, never
    half of one.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(document)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink()
        raise
