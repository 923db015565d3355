"""A stack of its own for the tests of this folder, apart from the one that carries the run."""

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.stack import down, ports, state
from deploy.stack.layout import Layout
from deploy.stack.settings import OVERRIDES, StackSettings
from deploy.stack.state import State

# Variables of the run that carries these tests, which a person's terminal does not have.
OF_THE_RUN = {*OVERRIDES.values(), "DJANGO_SETTINGS_MODULE", "SNAPSHOT_PATH"}
TERMINAL = {name: value for name, value in os.environ.items() if name not in OF_THE_RUN}
_OF_NOBODY_ELSE = range(10_000, 20_000)
NOTHING_GIVEN = StackSettings(given={}, environ={})


@contextmanager
def temporary_root(folder: Path) -> Iterator[Path]:
    """Lend a folder to a stack; afterwards stop what runs and remove data kept elsewhere.

    Its services listen long after their ports were chosen: theirs are ports that nobody else
    chooses meanwhile, neither a session that prefers the same ones nor a server of another test.
    """
    layout = Layout(folder)
    layout.make()
    state.save(layout.state, State(ports=_ports_of_services()))
    try:
        yield folder
    finally:
        down(folder)
        data = folder / ".stack" / "data"
        if data.is_symlink():
            shutil.rmtree(data.resolve())


def _ports_of_services() -> dict[str, int]:
    free = filter(ports.is_free, random.sample(_OF_NOBODY_ELSE, len(_OF_NOBODY_ELSE)))
    return {name: next(free) for name, preferred in ports.PREFERRED.items() if preferred}


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    with temporary_root(tmp_path) as folder:
        yield folder


@pytest.fixture(scope="module")
def shared_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with temporary_root(tmp_path_factory.mktemp("stack")) as folder:
        yield folder
