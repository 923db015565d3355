"""The facade in front of the stand-in for legacy: genuine cookies, genuine logins and logouts."""

import os
from collections.abc import AsyncIterator

import httpx
import pytest

from facade.settings import Address
from flags.rollout import Rollout
from tests.facade.conftest import BRIDGE_KEY, World, world_of
from tests.facade.people import People, claim_of
from tests.legacy_lms.serving import legacy_lms

__all__ = ["legacy_lms"]

PASSWORD = "Legacy-Pass1"
LIST = "/api/enrollment/v1/enrollment"


@pytest.fixture
async def bridged(legacy_lms: str) -> AsyncIterator[World]:
    address = httpx.URL(legacy_lms)
    legacy = Address(address.host, address.port or 80)
    key = os.environ["LEGACY_SECRET_KEY"]
    async with world_of(legacy_lms=legacy, legacy_cms=legacy, legacy_secret_key=key) as world:
        people = People(BRIDGE_KEY)
        people.live_in(world.legacy, world.modern)
        for_ada = Rollout(capability="enrollment", users=frozenset({people.ids["ada"]}))
        world.roll_out(for_ada)
        yield world


def browser(world: World) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{world.port}", trust_env=False)


async def log_in(client: httpx.AsyncClient, username: str) -> None:
    await client.get("/user_api/v1/account/login_session/")
    answer = await client.post(
        "/user_api/v1/account/login_session/",
        data={"email": f"{username}@example.com", "password": PASSWORD},
        headers={"X-CSRFToken": client.cookies["csrftoken"]},
    )
    assert answer.status_code == 200, answer.text


async def test_a_login_through_the_facade_is_known_to_modern_until_the_logout(
    bridged: World,
) -> None:
    async with browser(bridged) as ada, browser(bridged) as honor:
        await log_in(ada, "ada")
        await log_in(honor, "honor")
        assert (await ada.get(LIST)).text == "modern"
        assert claim_of(bridged.modern.received[-1], BRIDGE_KEY).username == "ada"
        assert (await honor.get(LIST)).json() is not None
        await ada.get("/logout")
        answer = await ada.get(LIST)
        assert answer.status_code == 401
        assert answer.headers["x-bridge-decision"].split(";")[1] == "legacy"


async def test_a_cookie_that_legacy_did_not_issue_gains_nothing(bridged: World) -> None:
    async with browser(bridged) as ada, browser(bridged) as eve:
        await log_in(ada, "ada")
        assert (await ada.get(LIST)).text == "modern"
        genuine = ada.cookies["sessionid"].strip('"')
        version, session_id, salt, signature = genuine.split("|")
        wrong = "E" if signature.endswith("A") else "A"
        for forged in (
            session_id,
            "|".join([version, session_id, salt, signature[:-1] + wrong]),
            f"{version}|{session_id}|otherSalt123|{signature}",
        ):
            answer = await eve.get(LIST, headers={"Cookie": f'sessionid="{forged}"'})
            assert answer.text != "modern"
    assert len([each for each in bridged.modern.targets if LIST in each]) == 1
