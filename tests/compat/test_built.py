"""What routes declare as built is what the URL configurations mount, in both directions."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.urls import Resolver404, URLPattern, URLResolver, resolve

from compat.urls import urlpatterns
from flags.routes import ROUTES, Route, Service, find
from modern.lms import urls as modern_urls

URLCONFS = {Service.LMS: "compat.urls", Service.CMS: "modern.cms.urls"}
VALUES = {"course_id": "course-v1:edX+DemoX+2016", "username": "ada"}
TAILS = ("", "7", "/actor")
BUILT = [route for route in ROUTES if route.built]


def filled(pattern: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: VALUES[found[1]], pattern)


def mounted(route: Route) -> Iterator[Any]:
    """The views of the paths that fit a route, with each of the tails where it is open."""
    closed = re.sub(r"\[/?\.\.\.\]\Z|\.\.\.\Z", "", route.pattern)
    for tail in TAILS if closed != route.pattern else ("",):
        try:
            yield resolve(filled(closed) + tail, URLCONFS[route.service]).func
        except Resolver404:
            continue


def methods(view: Any) -> set[str]:
    """What a view answers; the one plain function is of a form, which is posted."""
    kind = getattr(view, "cls", None)
    if kind is None:
        return {"POST"}
    return {each.upper() for each in kind.http_method_names if hasattr(kind, each)}


@pytest.mark.parametrize("route", BUILT, ids=lambda route: f"{route.service} {route.pattern}")
def test_modern_answers_what_is_declared_as_built(route: Route) -> None:
    answered = {method for view in mounted(route) for method in methods(view)}
    declared = route.methods or {"GET"}

    assert {each for each in declared if route.access(each) in route.built} <= answered


def legacy_paths(patterns: Iterable[URLPattern | URLResolver], base: str) -> Iterator[Any]:
    """Each path of an API of 2016 that is mounted, and its view."""
    for each in patterns:
        text = base + re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"{\1}", str(each.pattern))
        if isinstance(each, URLPattern):
            yield filled(text.replace("^", "").replace(r"\Z", "")), each.callback
        elif each.urlconf_name is not modern_urls:
            yield from legacy_paths(each.url_patterns, text)


def test_what_is_mounted_is_declared_as_built() -> None:
    unbuilt = set()
    for path, view in legacy_paths(urlpatterns, "/"):
        for method in methods(view) - {"OPTIONS"}:
            route = find(Service.LMS, method, path.encode())
            assert route is not None
            if route.access(method) not in route.built:
                unbuilt.add((method, path))

    # It answers 503 to whoever reaches modern without the facade.
    assert unbuilt == {("PATCH", "/api/user/v1/accounts/ada")}
