"""Random JSON documents, and documents with exactly one change at a known place."""

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

from hypothesis import strategies as st

from facade.compare.difference import Kind

NAMES = ("id", "name", "results", "course_id", "mode", "is_active", "count")
"""Names that paths show."""

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
documents = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


class Changed(NamedTuple):
    """Two documents and the only difference between them."""

    legacy: Any
    modern: Any
    path: str
    kind: Kind


@st.composite
def changed(draw: st.DrawFn) -> Changed:
    legacy = [draw(documents)]
    modern = copy.deepcopy(legacy)
    place, key, path = draw(st.sampled_from(list(_places(modern, "$"))))
    kind = draw(st.sampled_from(list(_possible(place, key))))
    return Changed(legacy, modern, _CHANGES[kind](place, key, path), kind)


def _places(value: Any, path: str) -> Iterator[tuple[Any, Any, str]]:
    """Every member and item, as what holds it, under which key, and its general path."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(members):
        below = f"{path}.{key}" if isinstance(value, dict) else f"{path}[*]"
        yield value, key, below
        if isinstance(inner, (dict, list)):
            yield from _places(inner, below)


def _possible(place: Any, key: Any) -> Iterator[Kind]:
    value = place[key]
    yield Kind.TYPE if value is not None else Kind.NULL
    if value is not None:
        yield Kind.NULL
    if isinstance(value, (int, float, str)):
        yield Kind.VALUE
    if isinstance(value, int) and not isinstance(value, bool):
        yield Kind.NUMBER_TYPE
    if isinstance(place, dict):
        yield Kind.MISSING if value is not None else Kind.NULL_OR_MISSING
    if isinstance(value, dict):
        yield Kind.EXTRA
    if isinstance(value, list):
        yield Kind.LENGTH


def _set(place: Any, key: Any, value: Any, path: str) -> str:
    place[key] = value
    return path


def _to_other_type(place: Any, key: Any, path: str) -> str:
    return _set(place, key, {} if not isinstance(place[key], dict) else [], path)


def _to_or_from_null(place: Any, key: Any, path: str) -> str:
    return _set(place, key, 1 if place[key] is None else None, path)


def _to_other_value(place: Any, key: Any, path: str) -> str:
    value = place[key]
    if isinstance(value, bool):
        return _set(place, key, not value, path)
    if isinstance(value, str):
        return _set(place, key, value + "x", path)
    return _set(place, key, value / 2 + 1.25 if isinstance(value, float) else value + 1, path)


def _remove(place: Any, key: Any, path: str) -> str:
    del place[key]
    return path


def _add_member(place: Any, key: Any, path: str) -> str:
    place[key]["url"] = 1
    return f"{path}.url"


def _add_item(place: Any, key: Any, path: str) -> str:
    place[key].append(1)
    return path


_CHANGES = {
    Kind.TYPE: _to_other_type,
    Kind.NULL: _to_or_from_null,
    Kind.VALUE: _to_other_value,
    Kind.NUMBER_TYPE: lambda place, key, path: _set(place, key, float(place[key]), path),
    Kind.MISSING: _remove,
    Kind.NULL_OR_MISSING: _remove,
    Kind.EXTRA: _add_member,
    Kind.LENGTH: _add_item,
}
