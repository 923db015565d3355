"""The recorded run of the flipped families against modern, the rest of it against legacy.

As in production: the rows come from MariaDB through the ETL; logins, tokens and writes of accounts
stay on legacy (its stand-in), and the recording itself says who each client is, as the facade
would. At the end all that modern wrote goes back: both databases must agree, and legacy must show
the same enrolments.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from facade.identity import Mint
from tests.compat.allowances import ALLOWANCES, WRITES_OF_ACCOUNTS
from tests.compat.bridge import Bridge
from tests.compat.serving import serve
from tests.legacy_lms.in_process import sender
from tests.legacy_lms.service.application import Application
from tests.legacy_lms.service.settings import from_environment
from tests.recorded import Clients, Exchange, Send, differences, exchanges, script

SAFE = ("GET", "HEAD", "OPTIONS")
FLIPPED = exchanges("enrollment", "accounts")


@pytest.fixture
def legacy_lms(bridge: Bridge) -> Iterator[Send]:
    settings = replace(from_environment(), database_url=bridge.legacy)
    with closing(Application(settings)) as application:
        yield sender(application)


@pytest.fixture
def modern_lms(bridge: Bridge, redis_url: str) -> Iterator[Send]:
    with serve(bridge.modern) as send:
        yield send


def test_modern_answers_the_flipped_families_as_legacy_did(
    bridge: Bridge, legacy_lms: Send, modern_lms: Send, bridge_key: str
) -> None:
    clients, mint = Clients(), Mint(bridge_key)
    found: dict[str, list[str]] = {}
    for exchange in script("enrollment", "accounts"):
        for _ in range(exchange.times):
            headers, body = clients.headers(exchange), (exchange.body or "").encode()
            if not is_flipped(exchange):
                answer = legacy_lms(exchange.method, exchange.path, headers, body)
                if exchange.method not in SAFE:
                    bridge.etl("follow", "--until-caught-up")
            else:
                headers |= vouched(exchange, mint)
                answer = modern_lms(exchange.method, exchange.path, headers, body)
                found[exchange.name] = differences(exchange, answer, allowances=ALLOWANCES)
            clients.learn(exchange, answer)

    assert len(found) == len(FLIPPED) - len(WRITES_OF_ACCOUNTS)
    assert {name: lines for name, lines in found.items() if lines} == {}
    carry_back(bridge)
    for username in ("ada", "grace", "alan", "leslie"):
        assert listed(modern_lms, username) == listed(legacy_lms, username)


def carry_back(bridge: Bridge) -> None:
    """Bring what modern wrote to legacy, and compare both databases row by row."""
    bridge.etl("write-back", "--until-empty")
    bridge.etl("follow", "--until-caught-up")
    bridge.etl("verify")


def listed(send: Send, username: str) -> object:
    """The enrolments of a user as a server sees them."""
    headers = {"Host": "localhost:18000", "X-Edx-Api-Key": os.environ["EDX_API_KEY"]}
    answer = send("GET", f"/api/enrollment/v1/enrollment?user={username}", headers, b"")
    return json.loads(answer.body)


def is_flipped(exchange: Exchange) -> bool:
    """Whether the facade would send it to modern once both capabilities read there."""
    return exchange in FLIPPED and exchange.number not in WRITES_OF_ACCOUNTS


def vouched(exchange: Exchange, mint: Mint) -> dict[str, str]:
    """The header that the facade adds for a caller it knows."""
    if exchange.user is None or exchange.via is None:
        return {}
    line = mint.line(
        exchange.user,
        exchange.via,
        method=exchange.method.encode(),
        target=exchange.path.encode(),
        now=time.time(),
    )
    name, _, value = line.decode().partition(": ")
    return {name: value}
