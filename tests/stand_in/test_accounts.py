"""Accounts beyond the recording: who sees what, and what a patch writes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.legacy_lms.service.accounts import requires_consent
from tests.recorded import Send
from tests.stand_in.browser import Browser, World, body

ADA = "/api/user/v1/accounts/ada"
SHARED = {
    "username",
    "profile_image",
    "account_privacy",
    "country",
    "time_zone",
    "language_proficiencies",
    "bio",
    "accomplishments_shared",
}


def test_one_sees_what_others_see_of_oneself_on_request(ada: Browser) -> None:
    assert body(ada.get(f"{ADA}?view=shared")).keys() == SHARED


def test_staff_sees_everything_and_is_told_403_of_nobody(send: Send) -> None:
    staff = Browser(send).logged_in("staff")

    assert body(staff.get(ADA))["email"] == "ada@example.com"
    assert body(staff.get("/api/user/v1/accounts/grace"))["account_privacy"] == "private"
    assert staff.get("/api/user/v1/accounts/nosuchuser").status == 403
    assert staff.patch(ADA, {"bio": "x"}).status == 403


def test_a_list_leaves_out_who_is_unknown_and_is_404_when_all_are(ada: Browser) -> None:
    path = "/api/user/v1/accounts?username="

    assert [each["username"] for each in body(ada.get(f"{path}nobody,HONOR"))] == ["honor"]
    assert ada.get(f"{path}nobody,noone").status == 404


def test_an_uploaded_image_has_a_name_that_tells_nobody(ada: Browser, world: World) -> None:
    world.run(
        "UPDATE auth_userprofile SET profile_image_uploaded_at = '2016-09-01 00:00:00'"
        " WHERE user_id = 7"
    )

    image = body(ada.get(ADA))["profile_image"]

    assert image["has_image"] is True
    assert image["image_url_small"].startswith("http://lms.test/media/profile-images/")
    assert image["image_url_small"].endswith("_30.jpg?v=1472688000")
    assert "ada" not in image["image_url_small"]


def test_a_patch_writes_the_columns_it_names_alone(ada: Browser, world: World) -> None:
    before = world.rows("SELECT * FROM auth_userprofile WHERE user_id = 7")[0]

    answer = ada.patch(ADA, {"bio": "", "country": "FR", "unknown": 1, "year_of_birth": 1981})

    after = world.rows("SELECT * FROM auth_userprofile WHERE user_id = 7")[0]
    assert after == before | {"bio": "", "country": "FR", "year_of_birth": 1981}
    assert {name: body(answer)[name] for name in ("bio", "country")} == {
        "bio": None,
        "country": "FR",
    }


def test_a_new_name_keeps_the_old_one_in_the_profile(ada: Browser, world: World) -> None:
    ada.patch(ADA, {"name": "Ada Byron"})

    profile = world.rows("SELECT name, meta FROM auth_userprofile WHERE user_id = 7")[0]
    *_, old = json.loads(profile["meta"])["old_names"]
    assert (profile["name"], old[0]) == ("Ada Byron", "Ada King Lovelace")
    assert old[1] == "Name change requested through account API by ada"


def test_languages_are_replaced_as_a_whole(ada: Browser, world: World) -> None:
    answer = ada.patch(ADA, {"language_proficiencies": [{"code": "de"}, {"code": "fr"}]})

    assert body(answer)["language_proficiencies"] == [{"code": "fr"}, {"code": "de"}]
    assert world.counts("student_languageproficiency") == {"student_languageproficiency": 8}


def test_privacy_is_a_preference(ada: Browser, world: World) -> None:
    assert body(ada.patch(ADA, {"account_privacy": "private"}))["account_privacy"] == "private"

    stored = world.value(
        "SELECT value FROM user_api_userpreference WHERE user_id = 7 AND `key` = 'account_privacy'"
    )
    assert stored == "private"


def test_a_smile_is_cut_into_question_marks_by_the_three_byte_column(ada: Browser) -> None:
    answer = ada.patch(ADA, {"bio": "smile 😀 end"})

    assert (answer.status, body(answer)["bio"]) == (200, "smile ???? end")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("gender", "undecided", "[u'\"undecided\" is not a valid choice.']"),
        ("level_of_education", "phd", "[u'\"phd\" is not a valid choice.']"),
        ("account_privacy", "x", "[u'\"x\" is not a valid choice.']"),
        ("year_of_birth", "old", "[u'A valid integer is required.']"),
        ("bio", "x" * 3001, "[u'Ensure this field has no more than 3000 characters.']"),
        ("name", "A", "[u'The name field must be at least 2 characters long.']"),
        (
            "language_proficiencies",
            [{"code": "en"}, {"code": "en"}],
            "[u'The language_proficiencies are invalid.']",
        ),
    ],
)
def test_an_invalid_value_is_named_and_nothing_is_written(
    ada: Browser, world: World, field: str, value: object, words: str
) -> None:
    before = world.rows("SELECT * FROM auth_userprofile WHERE user_id = 7")

    answer = ada.patch(ADA, {"goals": "other", field: value})

    assert answer.status == 400
    assert body(answer)["field_errors"][field] == {
        "developer_message": f"Value '{value}' is not valid for field '{field}': {words}",
        "user_message": "This value is invalid.",
    }
    assert world.rows("SELECT * FROM auth_userprofile WHERE user_id = 7") == before


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("nonsense", "Valid e-mail address required."),
        ("honor@example.com", "An account with this e-mail already exists."),
    ],
)
def test_an_email_nobody_can_have_is_refused(ada: Browser, email: str, words: str) -> None:
    answer = ada.patch(ADA, {"email": email})

    assert body(answer)["field_errors"]["email"]["user_message"] == words


def test_a_new_email_has_to_be_confirmed_first(ada: Browser, world: World) -> None:
    answer = ada.patch(ADA, {"email": "countess@example.com"})

    assert (answer.status, body(answer)["email"]) == (200, "ada@example.com")
    assert world.value("SELECT email FROM auth_user WHERE id = 7") == "ada@example.com"


@given(st.integers(1900, 2100), st.integers(1900, 2100))
def test_consent_is_asked_for_the_youngest_one_may_be(born: int, now: int) -> None:
    assert requires_consent(born, now) == (now - born < 14)
    assert requires_consent(None, now)


def test_a_phone_learns_its_user_by_any_case_of_the_name(ada: Browser) -> None:
    assert body(ada.get("/api/mobile/v0.5/users/ADA"))["id"] == 7


def test_a_phone_of_staff_is_told_403_of_others(send: Send) -> None:
    staff = Browser(send).logged_in("staff")

    assert staff.get("/api/mobile/v0.5/users/ada").status == 403
