"""The pattern language of routes, and its translation to regular expressions over the bytes of a
path.

| written | matches |
|---|---|
| text | itself |
| `{name}` | one or more characters, neither `/` nor the character that follows it in the pattern |
| `{course_id}`, `{course_key}` | three parts joined by `/` or `+` (or `%2F`, `%2B`), as in legacy |
| `{library_key}`, `{courselike_key}` | `library-v1:Org+Lib`; a course key or a library key |
| `{usage_key}`, `{usage_id}` | one segment, or `i4x://Org/Num/category/name` with its slashes |
| `{course_run}` | `Org+Num+Run`, as it stands inside an asset key |
| `[...]` around the rest | the rest is optional, as in `/courses[/]` |
| `...` at the end | anything follows, or nothing |

Match the percent-decoded path, as legacy's WSGI server decodes before its URL patterns see it.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import groupby, pairwise

from flags.errors import BadPattern

__all__ = ["compile_pattern", "names", "specificity"]

_JOIN = r"(?:[/+]|%2[BbFf])"
_PART = r"(?:(?!%2[BbFf])[^/+?])+"
_LAST = r"(?:(?!%2[Ff])[^/?])+"  # the last part may hold a plus: ccx-v1:Org+Num+Run+ccx@7
_COURSE = rf"{_PART}{_JOIN}{_PART}{_JOIN}{_LAST}"
_LIBRARY = r"library-v1(?::|%3[Aa])[^/+]+(?:\+|%2[Bb])[^/+]+"
_USAGE = r"i4x(?::|%3[Aa])//?[^/]+/[^/]+/[^/]+/[^/]+|[^/]+"
_KEYS = {
    "course_id": _COURSE,
    "course_key": _COURSE,
    "library_key": _LIBRARY,
    "courselike_key": rf"{_LIBRARY}|{_COURSE}",
    "usage_key": _USAGE,
    "usage_id": _USAGE,
    "course_run": r"[^/+@]+\+[^/+@]+\+[^/+@]+",
}
_TOKEN = re.compile(
    r"\{(?P<name>\w+)\}|(?P<tail>\.\.\.)|(?P<open>\[)|(?P<close>\])|(?P<text>[^{}\[\].]+|\.)"
)


@cache
def compile_pattern(pattern: str) -> re.Pattern[bytes]:
    """Translate a pattern to an anchored regular expression over bytes with one named group per
    placeholder.

    `BadPattern` if the text is not in the language.
    """
    tokens = _tokens(pattern)
    parts = [_regex(token, after) for token, after in pairwise([*tokens, ("end", "")])]
    return re.compile("".join(parts).encode() + rb"\Z", re.DOTALL)


def names(pattern: str) -> tuple[str, ...]:
    """Give the names of the placeholders, in order."""
    return tuple(text for kind, text in _tokens(pattern) if kind == "name")


def specificity(pattern: str) -> tuple[int, ...]:
    """Give a sort key: segment by segment, literal before mixed before `{name}` before keys before
    optional and `...`.

    The lower key wins where two patterns match the same path.
    """
    required, bracket, _ = pattern.partition("[")
    ranks = [_rank(segment) for segment in required.removesuffix("/").split("/")[1:]]
    return (*ranks, 4) if bracket else tuple(ranks)


def _rank(segment: str) -> int:
    if segment.endswith("..."):
        return 5
    placeholders = re.findall(r"\{(\w+)\}", segment)
    if not placeholders:
        return 0
    if segment != f"{{{placeholders[0]}}}":
        return 1
    return 3 if placeholders[0] in _KEYS else 2


def _tokens(pattern: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    while found := _TOKEN.match(pattern, at):
        kind = str(found.lastgroup)
        tokens.append((kind, found[kind]))
        at = found.end()
    _check(pattern, [kind for kind, _ in tokens], complete=at == len(pattern))
    return _joined(tokens)


def _joined(tokens: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Join neighbouring texts: a dot is a token of its own, as three of them end a pattern."""
    runs = groupby(tokens, key=lambda token: token[0])
    return [(kind, "".join(text for _, text in run)) for kind, run in runs]


def _check(pattern: str, kinds: list[str], *, complete: bool) -> None:
    if not complete or not pattern.startswith("/"):
        raise BadPattern(f"{pattern!r} is not in the pattern language: see flags/pattern.py")
    if kinds.count("open") != kinds.count("close") or kinds.count("open") > 1:
        raise BadPattern(f"{pattern!r} may have one [optional part]")
    if "open" in kinds and kinds[-1] != "close":
        raise BadPattern(f"{pattern!r} may have its [optional part] only at the end")
    if "tail" in kinds and kinds.index("tail") < len(kinds) - 1 - kinds.count("close"):
        raise BadPattern(f"{pattern!r} may have ... only at the end")


def _regex(token: tuple[str, str], after: tuple[str, str]) -> str:
    kind, text = token
    if kind == "name":
        stop = after[1][0] if after[0] == "text" and after[1][0] != "/" else ""
        return f"(?P<{text}>{_KEYS.get(text) or f'[^/{re.escape(stop)}]+'})"
    return {"tail": ".*", "open": "(?:", "close": ")?"}.get(kind) or re.escape(text)
