import datetime as dt
from pathlib import Path

import pytest

from facade.compare.difference import Found, Kind, Subject
from facade.compare.errors import RulesInvalid
from facade.compare.rules import DEFAULT_HEADERS, FieldRule, IgnoreRule, ShowRule, Treatment, fits
from facade.compare.rules_file import parse_rules, read_rules

IGNORE = """
[[ignore]]
name = "texts"
path = "$.blocks.**"
owner = "courseware team"
reason = "the new texts are agreed"
expires = 2027-03-01
"""


def documented() -> str:
    """The example in the documentation of the format."""
    page = Path("docs/reference/comparison-rules.md").read_text(encoding="utf-8")
    return page.partition("```toml\n")[2].partition("```")[0]


def test_the_documented_example_is_what_is_read() -> None:
    rules = parse_rules(documented())

    assert rules.headers == ("content-type", "location")
    assert rules.names == {"nickname"}
    assert rules.fields == (
        FieldRule(
            capability="enrollment",
            path="$[*].course_details.course_modes",
            compare=Treatment.UNORDERED,
            key="slug",
        ),
    )
    assert rules.shows == (ShowRule(path="$[*].mode"),)
    assert rules.ignores == (
        IgnoreRule(
            name="session-texts",
            capability="courseware",
            path="$.blocks.**",
            kind=Kind.VALUE,
            owner="courseware team",
            reason="the new texts are agreed",
            expires=dt.date(2027, 3, 1),
        ),
    )


def test_without_a_file_there_are_the_usual_headers_and_no_rules() -> None:
    rules = read_rules(None)

    assert rules.headers == DEFAULT_HEADERS
    assert (rules.fields, rules.shows, rules.ignores) == ((), (), ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("headers = 1", "the file has a `headers` that is no list"),
        ("headers = ['']", "the file has a `headers` that is no list of texts"),
        ("names = ['a b']", "the file has a name that no field has: a b"),
        ("ignored = []", "the file has a `ignored`, which is not known"),
        ("ignore = [1]", "the file has a `ignore` that is no [[ignore]]"),
        ("[[ignore", "the file is not TOML"),
        ("[[show]]", "[[show]] number 1 lacks `path`"),
        ("[[show]]\npath = 'results'", "has a `path` that none can have: results"),
        ("[[show]]\npath = '$.a'\nkind = 'value'", "has a `kind`, which is not known"),
        ("[[show]]\npath = '$.a'\ncapability = 'x'", "names no capability: x (see `flags list`)"),
        ("[[field]]\npath = '$.a'\ncompare = 'loosely'", "has a `compare` that is unknown"),
        ("[[field]]\npath = '$.a'\ncompare = 'moment'\nkey = 'id'", "has a key, which only"),
        (IGNORE.replace('"texts"', '" "'), "[[ignore]] number 1 has an empty `name`"),
        (IGNORE.replace("owner", "who"), "[[ignore]] number 1 lacks `owner`"),
        (IGNORE.replace("2027-03-01", "'soon'"), "has a `expires` that is no date"),
        (IGNORE.replace("2027-03-01", "2027-03-01T00:00:00"), "that is not a day, as in 2027-03"),
        (IGNORE + "kind = 'odd'", "has a `kind` that is unknown: 'odd'"),
        (IGNORE + IGNORE, "[[ignore]] has the name `texts` twice"),
    ],
)
def test_what_is_not_understood_is_refused(text: str, problem: str) -> None:
    with pytest.raises(RulesInvalid) as refused:
        parse_rules(text)

    assert problem in str(refused.value)


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_file_that_cannot_be_read_names_the_setting(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "rules.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(RulesInvalid, match="mend FACADE_PARITY_RULES"):
        read_rules(path)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("$.a", "$.a", True),
        ("$.a", "$.a.b", False),
        ("$.a.**", "$.a", True),
        ("$.a.**", "$.a.b[*]", True),
        ("$.a.**", "$.a[*]", True),
        ("$.a.**", "$.ab", False),
    ],
)
def test_a_path_fits_itself_and_what_is_below_where_that_is_said(
    pattern: str, path: str, *, expected: bool
) -> None:
    assert fits(pattern, path) is expected


def test_a_rule_covers_its_capability_route_and_kind_only() -> None:
    (rule,) = parse_rules(
        IGNORE + "capability = 'enrollment'\nroute = '/a'\nkind = 'value'"
    ).ignores
    found = Found("$.blocks.id", Kind.VALUE, 1, 2)

    assert rule.covers(Subject("enrollment", "/a"), found)
    assert not rule.covers(Subject("catalog", "/a"), found)
    assert not rule.covers(Subject("enrollment", "/b"), found)
    assert not rule.covers(Subject("enrollment", "/a"), found._replace(kind=Kind.TYPE))


def test_names_of_rules_are_shown_in_paths_and_unknown_ones_are_not() -> None:
    rules = parse_rules(documented())

    assert rules.step("$", "nickname") == "$.nickname"
    assert rules.step("$", "blocks") == "$.blocks"
    assert rules.step("$", "ada-lovelace") == "$.*"
