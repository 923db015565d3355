import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flags.capabilities import CAPABILITIES
from flags.errors import SnapshotInvalid, UnknownCapability
from flags.rollout import Rollout, Stage
from flags.snapshot import EMPTY, Snapshot, _mac, dumps, from_json, loads, to_json
from tests.flags.strategies import rollouts

KEY = "a key of thirty-two characters and more"
ROLLOUT = Rollout(capability="enrollment", users=frozenset({2, 4}), percent=250, salt="5a" * 16)


def signed(content: object) -> bytes:
    return json.dumps({"snapshot": content, "mac": _mac(content, KEY)}).encode()


def changed(**fields: object) -> bytes:
    """Write a well-signed document whose enrollment rollout has these fields."""
    return signed({"epoch": 3, "rollouts": {"enrollment": {**to_json(ROLLOUT), **fields}}})


@given(st.integers(min_value=0, max_value=2**63), rollouts)
def test_a_snapshot_survives_the_round_trip(epoch: int, rollout: Rollout) -> None:
    snapshot = Snapshot(epoch, {"enrollment": rollout})

    assert loads(dumps(snapshot, KEY), KEY) == snapshot


def test_the_same_snapshot_is_always_the_same_bytes() -> None:
    rollout = Rollout(capability="enrollment", users=frozenset({4, 2}), percent=250, salt="5a" * 16)

    assert dumps(Snapshot(3, {"enrollment": ROLLOUT}), KEY) == dumps(
        Snapshot(3, {"enrollment": rollout}), KEY
    )


def test_the_empty_snapshot_leaves_everything_on_legacy() -> None:
    assert EMPTY.epoch == 0
    assert {rollout.stage for rollout in EMPTY.rollouts.values()} == {Stage.LEGACY}
    assert set(EMPTY.rollouts) == set(CAPABILITIES)


def test_a_snapshot_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        EMPTY.rollouts["enrollment"] = ROLLOUT  # type: ignore[index]  # that is the point


def test_a_capability_that_a_document_does_not_mention_is_on_legacy() -> None:
    snapshot = loads(signed({"epoch": 3, "rollouts": {}}), KEY)

    assert snapshot.rollout("catalog") == Rollout(capability="catalog")


def test_asking_for_an_unknown_capability_is_an_error() -> None:
    with pytest.raises(UnknownCapability):
        EMPTY.rollout("enrolment")


@given(st.data())
def test_a_flipped_bit_is_found(data: st.DataObject) -> None:
    document = bytearray(dumps(Snapshot(3, {"enrollment": ROLLOUT}), KEY))
    at = data.draw(st.integers(0, len(document) - 1))
    document[at] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(SnapshotInvalid):
        loads(bytes(document), KEY)


def test_a_document_of_another_key_is_refused() -> None:
    with pytest.raises(SnapshotInvalid, match="another BRIDGE_KEY") as refused:
        loads(dumps(EMPTY, KEY), KEY + "!")

    assert refused.value.field == "mac"


def test_the_mac_is_made_with_the_subkey_of_snapshots() -> None:
    document = json.loads(dumps(EMPTY, KEY))
    subkey = hmac.digest(KEY.encode(), b"snapshot", "sha256")
    canonical = json.dumps(document["snapshot"], sort_keys=True, separators=(",", ":")).encode()

    assert document["mac"] == hmac.digest(subkey, canonical, "sha256").hex()


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"\xff",
        b"null",
        b"[]",
        b'{"snapshot": {}}',
        b'{"snapshot": {}, "mac": "\\u00e9"}',
        b'{"snapshot": {}, "mac": "\\ud800"}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_document_is_refused(document: bytes) -> None:
    with pytest.raises(SnapshotInvalid):
        loads(document, KEY)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (signed([]), "snapshot"),
        (signed({"epoch": 3}), "snapshot.rollouts"),
        (signed({"epoch": 3, "rollouts": {}, "more": 1}), "snapshot.more"),
        (signed({"epoch": -1, "rollouts": {}}), "epoch"),
        (signed({"epoch": "3", "rollouts": {}}), "epoch"),
        (signed({"epoch": True, "rollouts": {}}), "epoch"),
        (signed({"epoch": 3, "rollouts": []}), "rollouts"),
        (signed({"epoch": 3, "rollouts": {"enrolment": {}}}), "rollouts.enrolment"),
        (signed({"epoch": 3, "rollouts": {"catalog": 1}}), "rollouts.catalog"),
        (changed(everyone="yes"), "rollouts.enrollment.everyone"),
        (changed(users=["ada"]), "rollouts.enrollment.users"),
        (changed(users=2), "rollouts.enrollment.users"),
        (changed(groups=[2]), "rollouts.enrollment.groups"),
        (changed(percent=2.5), "rollouts.enrollment.percent"),
        (changed(percent=10_001), "rollouts.enrollment"),
        (changed(salt=""), "rollouts.enrollment"),
        (changed(reads_only=None), "rollouts.enrollment.reads_only"),
        (changed(anything=1), "rollouts.enrollment.anything"),
    ],
)
def test_a_signed_document_is_still_read_strictly(document: bytes, field: str) -> None:
    with pytest.raises(SnapshotInvalid) as refused:
        loads(document, KEY)

    assert refused.value.field == field
    assert field in str(refused.value)


def test_a_missing_field_is_named() -> None:
    incomplete = {name: value for name, value in to_json(ROLLOUT).items() if name != "salt"}

    with pytest.raises(SnapshotInvalid, match=r"rollouts\.enrollment\.salt is missing"):
        from_json("enrollment", incomplete)
