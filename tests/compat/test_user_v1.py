"""Reading accounts: how much of one is shown to whom."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import strategies as st

from compat import user_v1
from modern.shared.identity.data import Account, Profile
from modern.shared.identity.models import LanguageProficiency
from tests.compat.calls import Caller
from tests.modern.factories import make_preference, make_profile, make_user

URL = "/api/user/v1/accounts"
THIS_YEAR = 2016
TEXTS = st.none() | st.just("") | st.text(min_size=1, max_size=5)
PROFILES = st.builds(
    Profile,
    name=st.text(max_size=5),
    year_of_birth=st.none() | st.integers(1900, THIS_YEAR),
    gender=TEXTS,
    level_of_education=TEXTS,
    mailing_address=TEXTS,
    city=TEXTS,
    country=TEXTS,
    goals=TEXTS,
    bio=TEXTS,
    image_uploaded_at=st.none() | st.datetimes(datetime(1990, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis wants it naive
    may_have_certificate=st.booleans(),
    languages=st.lists(st.sampled_from(["en", "fr", "de"]), unique=True).map(tuple),
)
ACCOUNTS = st.builds(
    Account,
    id=st.integers(1),
    username=st.from_regex(r"[a-z]{1,8}", fullmatch=True),
    email=st.emails(),
    first_name=st.just(""),
    last_name=st.just(""),
    is_active=st.booleans(),
    is_staff=st.booleans(),
    joined_at=st.datetimes(timezones=st.just(UTC)),
    profile=st.none() | PROFILES,
    privacy=st.none() | st.sampled_from(["private", "all_users"]),
)


def shown(account: Account, *, full: bool) -> dict[str, Any]:
    return user_v1.account(
        account, full=full, this_year=THIS_YEAR, absolute=lambda path: f"http://lms{path}"
    )


@given(ACCOUNTS)
def test_strangers_see_one_of_two_sets_of_fields_and_never_more_than_the_owner(
    account: Account,
) -> None:
    public, own = shown(account, full=False), shown(account, full=True)

    expected = {
        "private": user_v1.PUBLIC_FIELDS,
        "all_users": user_v1.SHARED_FIELDS,
    }[own["account_privacy"]]
    assert tuple(public) == expected
    assert tuple(own) == user_v1.OWN_FIELDS
    assert {**own, "time_zone": None} | public == {**own, "time_zone": None}


@given(ACCOUNTS)
def test_who_needs_a_parents_consent_is_private_whatever_they_chose(account: Account) -> None:
    own = shown(account, full=True)

    if own["requires_parental_consent"]:
        assert own["account_privacy"] == "private"
    else:
        assert own["account_privacy"] == (account.privacy or "all_users")


@given(PROFILES)
def test_empty_texts_become_null_in_four_fields_and_stay_in_the_others(profile: Profile) -> None:
    account = Account(
        id=1,
        username="ada",
        email="",
        first_name="",
        last_name="",
        is_active=True,
        is_staff=False,
        joined_at=datetime(2015, 3, 2, 9, 11, 8, 999999, tzinfo=UTC),
        profile=profile,
        privacy=None,
    )
    own = shown(account, full=True)

    for field in ("bio", "country", "gender", "level_of_education"):
        assert own[field] == (getattr(profile, field) or None)
    for field in ("goals", "mailing_address", "name"):
        assert own[field] == getattr(profile, field)
    assert own["date_joined"] == "2015-03-02T09:11:08Z"


@pytest.mark.parametrize(
    ("born", "needed"), [(None, True), (2016, True), (2003, True), (2002, False), (1900, False)]
)
def test_a_year_counts_as_if_its_birthday_were_its_last_day(
    born: int | None,
    needed: bool,  # noqa: FBT001 - an expectation
) -> None:
    assert user_v1.needs_consent(born, this_year=THIS_YEAR) is needed


def body_of(caller: Caller, path: str) -> Any:
    return json.loads(caller.get(path).content)


@pytest.mark.django_db
def test_the_owner_and_staff_see_everything_and_others_what_is_shared() -> None:
    profile = make_profile(make_user("ada"), bio="Bio", country="GB")
    LanguageProficiency.objects.create(profile=profile, code="fr")
    make_user("grace")
    make_user("staff", is_staff=True)

    own, staffs = body_of(Caller("ada"), f"{URL}/ada"), body_of(Caller("staff"), f"{URL}/ada")
    strangers = body_of(Caller("grace"), f"{URL}/ada")

    assert own == staffs
    assert own["email"] == "ada@example.org"
    assert "email" not in strangers
    assert (strangers["bio"], strangers["country"]) == ("Bio", "GB")
    assert strangers["language_proficiencies"] == [{"code": "fr"}]
    assert body_of(Caller("ada"), f"{URL}/ada?view=shared") == strangers


@pytest.mark.django_db
def test_who_has_the_same_name_in_another_case_is_a_stranger() -> None:
    make_profile(make_user("Ada"))
    make_user("ada")

    body = body_of(Caller("ada"), f"{URL}?username=Ada")

    assert [(each["username"], "email" in each) for each in body] == [("Ada", False), ("ada", True)]


@pytest.mark.django_db
def test_a_private_profile_is_a_name_and_a_picture() -> None:
    ada = make_user("ada")
    make_profile(ada)
    make_preference(ada, "account_privacy", "private")
    make_user("grace")

    body = body_of(Caller("grace"), f"{URL}/ada")

    assert body.keys() == {"username", "profile_image", "account_privacy"}


@pytest.mark.django_db
def test_a_list_is_in_the_order_of_names_and_leaves_unknown_ones_out() -> None:
    for name in ("honor", "Grace", "ada"):
        make_profile(make_user(name))

    listed = body_of(Caller("ada"), f"{URL}?username=honor,nobody,GRACE,ada,")
    own = body_of(Caller("ada"), URL)

    assert [each["username"] for each in listed] == ["ada", "Grace", "honor"]
    assert [each["username"] for each in own] == ["ada"]


@pytest.mark.django_db
def test_unknown_names_are_404_without_a_body_and_403_to_staff() -> None:
    make_user("ada")
    make_user("staff", is_staff=True)

    for path in (f"{URL}/nobody", f"{URL}?username=nobody", f"{URL}?username=a%00"):
        learners, staffs = Caller("ada").get(path), Caller("staff").get(path)
        assert (learners.status_code, staffs.status_code) == (404, 403)
        assert learners.content == staffs.content == b""
        assert "Content-Type" not in learners.headers


@pytest.mark.django_db
def test_an_account_that_never_had_a_profile_is_shown_as_private() -> None:
    make_user("ecommerce_worker")

    body = body_of(Caller("ecommerce_worker"), f"{URL}/ecommerce_worker")

    assert (body["account_privacy"], body["requires_parental_consent"]) == ("private", True)


@pytest.mark.django_db
def test_the_address_of_a_picture_cannot_be_guessed_and_changes_with_each_upload(
    settings: LazySettings,
) -> None:
    settings.PROFILE_IMAGE_SECRET_KEY = "of this deployment"
    uploaded = datetime(2016, 9, 5, 7, 12, 44, tzinfo=UTC)
    make_profile(make_user("ada"), image_uploaded_at=uploaded)
    name = hashlib.md5(b"of this deploymentada", usedforsecurity=False).hexdigest()

    image = body_of(Caller("ada"), f"{URL}/ada")["profile_image"]

    assert image["has_image"] is True
    assert image["image_url_small"] == (
        f"http://testserver/media/profile-images/{name}_30.jpg?v=1473059564"
    )


@pytest.mark.django_db
def test_a_write_is_checked_as_ever_and_then_sent_away() -> None:
    make_user("ada")
    ada = Caller("ada")
    patch = ("PATCH", f"{URL}/ada", '{"bio": "x"}', "application/merge-patch+json")

    assert ada.send(*patch).status_code == 503
    assert ada.send(*patch, X_CSRFToken="").status_code == 403
    assert Caller().send(*patch).status_code == 401
    assert ada.send("PUT", f"{URL}/ada", "{}").status_code == 405


@pytest.mark.django_db
def test_a_browser_gets_a_page_and_options_tells_what_there_is() -> None:
    make_profile(make_user("ada"))

    page = Caller("ada").get(f"{URL}/ada", Accept="text/html")
    options = json.loads(Caller("ada").send("OPTIONS", f"{URL}/ada").content)

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"ada@example.org" in page.content
    assert options["name"] == "Account"
    assert options["renders"] == ["application/json", "text/html"]
    assert options["parses"] == ["application/merge-patch+json"]
