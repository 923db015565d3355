from typing import Any

import pytest
from hypothesis import given

from flags.access import Access
from flags.actor import Actor
from flags.built import check_built, is_on, share, staying
from flags.errors import NotBuilt
from flags.rollout import Rollout
from flags.route import Route, Service, serves
from flags.routes import find
from tests.flags.strategies import accesses, actors, courses, rollouts

_wiki = serves(Service.LMS, "wiki")


def is_built(method: str, path: str) -> bool:
    route = find(Service.LMS, method, path.encode())
    assert route is not None
    return route.access(method) in route.built


@pytest.mark.parametrize(
    ("declared", "accesses"),
    [
        (_wiki("GET", "/a"), {Access.READS}),
        (_wiki("GET PATCH", "/a"), {Access.READS, Access.WRITES}),
        (_wiki("*", "/a"), {Access.READS, Access.WRITES}),
        (_wiki("GET POST", "/a", always=Access.WRITES), {Access.WRITES}),
    ],
)
def test_a_route_has_the_accesses_of_its_methods(declared: Route, accesses: set[Access]) -> None:
    assert declared.accesses == accesses


def test_what_is_built_is_declared_in_words_and_nothing_is_by_default() -> None:
    assert _wiki("GET", "/a").built == frozenset()
    assert _wiki("GET", "/a", built="reads").built == {Access.READS}
    assert _wiki("*", "/a", built="reads writes").built == frozenset(Access)
    with pytest.raises(ValueError, match="read"):
        _wiki("GET", "/a", built="read")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/enrollment/v1/enrollment"),
        ("POST", "/change_enrollment"),
        ("GET", "/api/user/v1/accounts/ada"),
        ("POST", "/api/v2/enrollments"),
    ],
)
def test_modern_serves_what_is_declared(method: str, path: str) -> None:
    assert is_built(method, path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/courses/edX/DemoX/2016/enroll_staff"),
        ("PATCH", "/api/user/v1/accounts/ada"),
        ("GET", "/dashboard"),
    ],
)
def test_legacy_keeps_what_is_not_declared(method: str, path: str) -> None:
    assert not is_built(method, path)


def test_accounts_in_studio_stay_on_legacy() -> None:
    route = find(Service.CMS, "GET", b"/api/user/v1/accounts/ada")

    assert route is not None
    assert route.built == frozenset()


def test_the_built_routes_are_counted_if_only_their_reads_are() -> None:
    assert [share(name) for name in ("enrollment", "accounts", "wiki")] == [
        "9 of 10 routes",
        "2 of 17 routes",
        "0 of 4 routes",
    ]


def test_what_legacy_keeps_is_said_where_something_is() -> None:
    assert staying("enrollment") == (
        "legacy keeps 1 of 10 routes, as modern does not serve them (see `flags routes enrollment`)"
    )
    assert ", and 1 more in part," in staying("accounts")


@given(rollouts, actors, courses, accesses)
def test_a_rollout_that_includes_somebody_is_on(
    rollout: Rollout, actor: Actor, course: str | None, access: Access
) -> None:
    if rollout.includes(actor, course, access):
        assert is_on(rollout)


@pytest.mark.parametrize(
    "parts",
    [
        {"everyone": False, "shadow": 1},
        {"shadow": 1},
        {"users": frozenset({2})},
        {"courses": frozenset({"a/b/c"}), "reads_only": True},
    ],
)
def test_what_modern_does_not_serve_cannot_be_on(parts: dict[str, Any]) -> None:
    with pytest.raises(NotBuilt, match="modern serves no route of wiki yet"):
        check_built(Rollout(capability="wiki", salt="s", **parts))
    check_built(Rollout(capability="enrollment", salt="s", **parts))


@pytest.mark.parametrize("parts", [{}, {"everyone": False, "percent": 100}, {"reads_only": True}])
def test_what_modern_does_not_serve_may_be_off(parts: dict[str, Any]) -> None:
    check_built(Rollout(capability="wiki", salt="s", **parts))
