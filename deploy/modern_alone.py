"""Run modern's tests where the bridge does not exist: `python -m deploy.modern_alone`.

A copy of the tree without facade, etl, compat and flags; the servers are those of the checkout.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.stack.settings import CHECKOUT

__all__ = ["COPIED", "copy_modern", "main"]

COPIED = (
    "modern",
    "deploy",
    "manage.py",
    "pyproject.toml",
    "tests/__init__.py",
    "tests/conftest.py",
    "tests/servers.py",
    "tests/modern",
)
# The editable installation would find the absent rooms in the checkout after all.
_WITHOUT_INSTALLATION = """
import sys
from importlib.util import find_spec

sys.meta_path[:] = [f for f in sys.meta_path if "editable" not in getattr(f, "__module__", "")]
found = [room for room in ("facade", "etl", "compat", "flags") if find_spec(room)]
if found:
    sys.exit(f"modern is not alone: {found} can be imported; see deploy/modern_alone.py")

import pytest

sys.exit(pytest.main(sys.argv[1:]))
"""


def copy_modern(target: Path) -> None:
    """Copy what remains when the bridge is taken away, and share the checkout's servers."""
    for name in COPIED:
        source, copy = CHECKOUT / name, target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, copy)
    (CHECKOUT / ".stack").mkdir(exist_ok=True)
    (target / ".stack").symlink_to(CHECKOUT / ".stack")


def main(arguments: list[str] | None = None) -> int:
    """Run the tests in a fresh copy; further arguments go to pytest."""
    given = sys.argv[1:] if arguments is None else arguments
    with tempfile.TemporaryDirectory(prefix="modern-alone-") as folder:
        copy_modern(Path(folder))
        words = [sys.executable, "-c", _WITHOUT_INSTALLATION, "--ds=modern.lms.settings.test"]
        return subprocess.run([*words, "tests/modern", *given], cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
