import pytest

from flags.rollout import Rollout
from flags.snapshot import Snapshot
from flags.words import parted, percent, summary

SALT = "5a" * 16


def rollout(name: str = "enrollment", **parts: object) -> Rollout:
    return Rollout(capability=name, salt=SALT, **parts)  # type: ignore[arg-type]  # any part


@pytest.mark.parametrize(
    ("basis_points", "text"), [(0, "0 %"), (1, "0.01 %"), (250, "2.5 %"), (10_000, "100 %")]
)
def test_basis_points_are_written_as_a_percentage(basis_points: int, text: str) -> None:
    assert percent(basis_points) == text


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({}, "nobody"),
        ({"everyone": True}, "everyone"),
        ({"everyone": True, "reads_only": True}, "everyone, reads only"),
        ({"everyone": False, "percent": 100}, "off for everyone"),
        ({"users": frozenset({2})}, "1 user"),
        ({"users": frozenset({2, 4}), "percent": 500}, "2 users, 5 % of users"),
        ({"groups": frozenset({"b", "a"}), "orgs": frozenset({"edX"})}, "groups a b, orgs edX"),
        ({"courses": frozenset("abcd")}, "4 courses"),
        ({"shadow": 50}, "nobody, shadow 0.5 %"),
    ],
)
def test_a_rollout_is_summed_up_in_the_order_of_precedence(
    parts: dict[str, object], text: str
) -> None:
    assert summary(rollout(**parts)) == text


def warnings(changed: Rollout, *others: Rollout) -> list[str]:
    snapshot = Snapshot(1, {other.capability: other for other in others})
    return list(parted(changed, snapshot.rollouts))


def test_a_capability_warns_of_partners_that_serve_others() -> None:
    assert warnings(rollout("preferences", everyone=True)) == [
        "flip together: accounts, notifications (modern serves nobody)"
    ]


def test_partners_with_the_same_cohort_give_no_warning() -> None:
    same = {"everyone": True}
    others = [rollout(name, **same) for name in ("accounts", "notifications")]

    assert warnings(rollout("preferences", **same), *others) == []


def test_the_same_percentage_of_other_users_is_another_cohort() -> None:
    other = Rollout(capability="discussion-api", percent=500, salt="00" * 16)

    assert "flip together: discussion-api (modern serves 5 % of users)" in warnings(
        rollout("discussion-web", percent=500), other
    )


def test_reads_alone_may_part() -> None:
    assert warnings(rollout("preferences", everyone=True, reads_only=True)) == []


def test_going_back_to_legacy_warns_of_partners_that_stay_on_modern() -> None:
    assert warnings(rollout("preferences"), rollout("accounts", everyone=True)) == [
        "flip together: accounts (modern serves everyone)"
    ]
