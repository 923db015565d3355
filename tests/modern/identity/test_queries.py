from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from modern.shared.identity import api
from modern.shared.identity.data import Identity, Profile, Via
from modern.shared.identity.errors import UnknownUser
from modern.shared.identity.models import (
    Activation,
    CourseTag,
    LanguageProficiency,
    OrgTag,
    Pseudonym,
)
from tests.modern.factories import DEMO, disable, make_preference, make_profile, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2016, 9, 15, 12, tzinfo=UTC)


def test_an_account_comes_with_profile_languages_and_privacy() -> None:
    user = make_user()
    profile = make_profile(user, country="FR", goals="", bio=None)
    for code in ("fr", "en"):
        LanguageProficiency.objects.create(profile=profile, code=code)
    make_preference(user, "account_privacy", "private")
    make_preference(user, "pref-lang", "fr")

    account = api.account("ada")

    assert (account.id, account.email, account.privacy) == (user.pk, "ada@example.org", "private")
    assert account.profile == Profile(
        name="Ada L",
        year_of_birth=1985,
        gender=None,
        level_of_education=None,
        mailing_address=None,
        city=None,
        country="FR",
        goals="",
        bio=None,
        image_uploaded_at=None,
        may_have_certificate=True,
        languages=("fr", "en"),
    )


def test_an_account_may_have_no_profile() -> None:
    make_user()

    account = api.account("ada")

    assert (account.profile, account.privacy) == (None, None)


def test_accounts_are_found_in_any_case_but_the_exact_name_wins() -> None:
    make_user("Ada")
    exact = make_user("ada")

    assert api.account("ada").id == exact.pk
    assert api.account("ADA").username == "Ada"
    assert [one.username for one in api.accounts(["aDa", "nobody"])] == ["Ada", "ada"]


@pytest.mark.parametrize("look_up", [api.account, api.actor])
def test_an_unknown_name_is_an_error(look_up: object) -> None:
    with pytest.raises(UnknownUser, match="There is no such user here"):
        look_up("nobody")


def test_accounts_are_read_in_as_many_queries_as_there_are_tables(
    django_assert_num_queries: object,
) -> None:
    for name in ("ada", "bob", "eve"):
        make_profile(make_user(name))

    with django_assert_num_queries(4):
        assert len(api.accounts(["ada", "bob", "eve"])) == 3


def test_preferences_are_texts_by_key() -> None:
    user = make_user()
    make_preference(user, "pref-lang", "fr")

    assert api.preferences(user.pk) == {"pref-lang": "fr"}
    assert api.preference(user.pk, "pref-lang") == "fr"
    assert api.preference(user.pk, "dark-lang") is None


def test_an_account_is_disabled_until_it_is_opened_again() -> None:
    standing = disable(make_user())
    assert api.is_disabled(standing.user_id)

    standing.status = standing.ENABLED
    standing.save()

    assert not api.is_disabled(standing.user_id)


def test_an_answer_to_an_organisation_is_kept_and_can_be_changed() -> None:
    user = make_user()

    for value in ("True", "False"):
        api.save_org_tag(user.pk, org="DemoU", key="email-optin", value=value, now=NOW)

    assert api.org_tag(user.pk, org="DemoU", key="email-optin") == "False"
    assert OrgTag.objects.get().created == NOW


def test_nobody_who_is_unknown_answers_an_organisation() -> None:
    with pytest.raises(UnknownUser):
        api.save_org_tag(999_999, org="DemoU", key="email-optin", value="True", now=NOW)

    assert not OrgTag.objects.exists()


def test_a_course_keeps_texts_of_a_user_by_key() -> None:
    user, key = make_user(), "xblock.partition_service.partition_0"
    CourseTag.objects.create(user=user, course_key=DEMO, key=key, value="1")

    assert api.course_tag(user.pk, course_key=DEMO, key=key) == "1"
    assert api.course_tag(user.pk, course_key=DEMO, key="other") is None
    assert api.course_tag(user.pk, course_key="DemoU/CS100/2012", key=key) is None


def test_a_pseudonym_is_of_one_course_or_of_none() -> None:
    user = make_user()
    Pseudonym.objects.create(user=user, value="a" * 32)
    Pseudonym.objects.create(user=user, course_key=DEMO, value="b" * 32)

    assert api.pseudonym(user.pk) == "a" * 32
    assert api.pseudonym(user.pk, DEMO) == "b" * 32
    assert api.pseudonym(user.pk, "DemoU/CS100/2012") is None


def test_the_newest_of_several_pseudonyms_is_given_and_the_older_still_lead_to_the_user() -> None:
    user, bob = make_user(), make_user("bob")
    for value in ("old", "new"):
        Pseudonym.objects.create(user=user, course_key=DEMO, value=value)
    Pseudonym.objects.create(user=bob, course_key=DEMO, value="bobs")

    assert api.pseudonym(user.pk, DEMO) == "new"
    assert [api.with_pseudonym(value).id for value in ("old", "new", "bobs")] == [
        user.pk,
        user.pk,
        bob.pk,
    ]


def test_a_key_leads_to_the_account_whose_address_it_confirms_before_and_after() -> None:
    user = make_user(is_active=False)
    Activation.objects.create(user=user, key="k" * 32)

    assert (api.with_activation_key("k" * 32).id, user.is_active) == (user.pk, False)
    user.is_active = True
    user.save()
    assert api.with_activation_key("k" * 32).is_active


@pytest.mark.parametrize("look_up", [api.with_pseudonym, api.with_activation_key])
def test_what_is_nobodys_leads_to_nobody(look_up: object) -> None:
    make_user()

    with pytest.raises(UnknownUser):
        look_up("0" * 32)


def test_a_session_of_this_service_is_an_identity_too() -> None:
    request = RequestFactory().get("/")
    request.user = user = make_user()

    assert api.identity_of(request) == Identity(user_id=user.pk, username="ada", via=Via.SESSION)


def test_nobody_is_no_identity() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()

    assert api.identity_of(request) is None
