import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.compare.difference import Kind
from facade.compare.html_text import html_differences

PAGE = (
    "<!doctype html><html><head><title>Courses</title><style>p{}</style></head><body>"
    '<form action="/logout"><input name="csrfmiddlewaretoken" value="T1"></form>'
    '<img src="/static/logo.0123456789ab.png" alt="Logo"><p>Hello <b>Ada</b></p>'
    "<ul><li>One<li>Two</ul><script>var session = 'S1';</script></body></html>"
)


def differences(legacy: str, modern: str) -> list[tuple[str, str]]:
    return [(each.path, each.kind) for each in html_differences(legacy, modern)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("S1", "S2"),
        ("T1", "T2"),
        ("p{}", "p{color:red}"),
        ("0123456789ab", "ba9876543210"),
        ("<body>", "<body>\n\n  <!-- built at noon -->"),
        ("Hello <b>", "Hello\n\t <strong>"),
        ("<ul>", "<section><ul>"),
        ("<li>Two", "</li><li>Two</li>"),
        ("<p>", "<p id=x class=wide>"),
    ],
)
def test_what_nobody_reads_is_no_difference(old: str, new: str) -> None:
    assert differences(PAGE, PAGE.replace(old, new)) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Ada", "Grace", ("html/body/p/b", Kind.TEXT)),
        ("<li>Two", "", ("html/ul/li/li", Kind.MISSING)),
        ("</ul>", "<li>Three</ul>", ("html/li/li/li", Kind.EXTRA)),
        ("/logout", "/signout", ("html/body/form@action", Kind.ATTRIBUTE)),
        ('alt="Logo"', 'alt="Brand"', ("html/body/img@alt", Kind.ATTRIBUTE)),
        ("<p>Hello", "<p>Hello <i>again</i>", ("html/body/p/i", Kind.EXTRA)),
    ],
)
def test_one_change_is_one_difference(old: str, new: str, expected: tuple[str, str]) -> None:
    assert differences(PAGE, PAGE.replace(old, new)) == [expected]


def test_request_ids_in_texts_are_left_out() -> None:
    legacy = "<p>Request 7f9c2ba4e88f827d616045507605853e failed</p>"

    assert differences(legacy, legacy.replace("7f9c2ba4", "00000000")) == []


def test_elements_that_are_not_of_html_are_not_named() -> None:
    assert differences("<ada-lovelace>a</ada-lovelace>", "<ada-lovelace>b</ada-lovelace>") == [
        ("html/*", Kind.TEXT)
    ]


def test_pages_that_have_nothing_in_common_are_one_difference() -> None:
    legacy, modern = ("".join(f"<p>{side}{n}</p>" for n in range(2100)) for side in "ab")

    assert differences(legacy, modern) == [("html", Kind.LENGTH)]


@given(st.text("<>/ab='\"! -&;", max_size=60))
def test_broken_markup_equals_itself(page: str) -> None:
    assert differences(page, page) == []
