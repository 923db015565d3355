"""What the tests of compat share."""

import os
from collections.abc import Iterator

import pytest

from deploy.stack import Servers
from tests.compat.bridge import Bridge, built


@pytest.fixture(scope="session")
def bridge_key() -> str:
    return os.environ["BRIDGE_KEY"]


@pytest.fixture
def bridge(servers: Servers) -> Iterator[Bridge]:
    with built(servers) as made:
        yield made
