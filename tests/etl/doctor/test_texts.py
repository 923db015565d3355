"""What is suspicious about a text, as rules."""

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.doctor import texts

WITH_ACCENTS = st.text(st.characters(min_codepoint=0xA0, max_codepoint=0x2FF), min_size=1)
DOCUMENTS = (
    ("{}", True),
    ("", True),
    ('"position"', True),
    ('{"dup": 1, "dup": 2}', True),
    (r'{"a": "nul\u0000x"}', False),
    (r'{"s": "\ud83d alone"}', False),
    ('{"position": NaN}', False),
    ('{"seed": 1, "student', False),
    ('{"a": "raw\0nul"}', False),
    ("[" * 1_100 + "]" * 1_100, False),
)


@given(WITH_ACCENTS)
def test_utf8_that_was_read_as_latin1_is_mojibake(text: str) -> None:
    assert texts.is_mojibake(text.encode().decode("latin1"))


@pytest.mark.parametrize(
    "text", ["", "José", "Zoë Åström", "Ελένη", "naïve café", "GarcA-a", "日本"]
)
def test_letters_that_belong_together_are_no_mojibake(text: str) -> None:
    assert not texts.is_mojibake(text)


@pytest.mark.parametrize(
    "text", ["JosÃ© MÃ¼ller", "GarcÃ\xada", "Å\x81ukasz", "â€œquotedâ€\x9d", "tschÃ¼ÃŸ"]
)
def test_what_mysql_calls_latin1_is_known_with_its_quotes_and_its_holes(text: str) -> None:
    assert texts.is_mojibake(text)


@pytest.mark.parametrize(
    ("text", "lost"), [("a ???? b", True), ("really???", False), ("\ufffd", True)]
)
def test_four_question_marks_are_a_lost_character(text: str, *, lost: bool) -> None:
    assert texts.has_lost_characters(text) is lost


@pytest.mark.parametrize(("document", "valid"), DOCUMENTS)
def test_a_document_is_valid_if_jsonb_is_known_to_take_it(document: str, *, valid: bool) -> None:
    assert texts.is_json(document.encode()) is valid


def test_jsonb_takes_whatever_is_called_valid(postgres: str) -> None:
    valid = [document for document, valid in DOCUMENTS if valid and document]
    with psycopg.connect(postgres) as connection:
        for document in valid:
            connection.execute("SELECT %s::jsonb", (document,))
