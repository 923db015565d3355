import re

import pytest

from flags.capabilities import CAPABILITIES, EVERY_OTHER, capability, partners
from flags.errors import UnknownCapability
from flags.routes import NATIVE, ROUTES


def test_all_forty_capabilities_are_declared_in_the_order_of_their_waves() -> None:
    waves = [each.wave for each in CAPABILITIES.values()]

    assert len(CAPABILITIES) == 40
    assert waves == sorted(waves)
    assert set(waves) == set(range(1, 11))


@pytest.mark.parametrize("name", CAPABILITIES)
def test_a_capability_is_tied_only_to_others_that_exist(name: str) -> None:
    declared = CAPABILITIES[name]
    ties = {*declared.must_flip_with, *declared.may_flip_before} - set(EVERY_OTHER)

    assert ties <= set(CAPABILITIES) - {name}


def test_every_capability_has_routes_and_every_route_a_capability() -> None:
    assert {route.capability for route in ROUTES} == {*CAPABILITIES, NATIVE}


def test_an_unknown_name_is_answered_with_the_close_ones() -> None:
    with pytest.raises(UnknownCapability, match=re.escape("did you mean enrollment?")):
        capability("enrolment")


def test_a_name_close_to_none_is_answered_with_the_way_to_the_list() -> None:
    with pytest.raises(UnknownCapability, match="flags list"):
        capability("zzz")


def test_partners_are_those_a_capability_names_and_those_that_name_it() -> None:
    assert {each.name for each in partners("wiki")} == set()
    assert {each.name for each in partners("video-val")} == {"studio-assets"}
    assert {each.name for each in partners("assets")} == {"studio-assets"}
    assert "ccx" in {each.name for each in partners("enrollment")}
