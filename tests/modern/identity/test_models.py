import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection
from django.db.models import ProtectedError

from modern.shared.identity.models import Profile, User
from tests.modern.factories import disable, make_profile, make_user

pytestmark = pytest.mark.django_db
NO_SUCH_ID = 999_999


def commit() -> None:
    """Check what is checked at commit, as a commit would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_two_names_may_be_swapped_within_a_batch() -> None:
    ada, eda = make_user("ada"), make_user("eda")

    User.objects.filter(pk=ada.pk).update(username="eda")
    User.objects.filter(pk=eda.pk).update(username="ada")

    commit()
    assert User.objects.get(username="ada") == eda


def test_the_names_of_groups_may_be_swapped_too() -> None:
    first, second = Group.objects.create(name="one"), Group.objects.create(name="two")

    Group.objects.filter(pk=first.pk).update(name="two")
    Group.objects.filter(pk=second.pk).update(name="one")

    commit()
    assert Group.objects.get(name="one") == second


def test_in_the_end_a_name_is_one_persons() -> None:
    make_user("ada")
    make_user("ada")

    with pytest.raises(IntegrityError, match="identity_user_username"):
        commit()


def test_names_that_differ_in_case_are_two_names() -> None:
    make_user("ada")
    make_user("Ada")

    commit()


def test_rows_of_users_who_have_not_arrived_are_kept() -> None:
    Profile.objects.create(user_id=NO_SUCH_ID, name="early")

    commit()
    assert Profile.objects.get().user_id == NO_SUCH_ID


def test_nothing_and_empty_text_stay_apart() -> None:
    make_profile(make_user(), goals="", mailing_address=None)

    profile = Profile.objects.get()
    assert (profile.goals, profile.mailing_address) == ("", None)


def test_ids_of_legacy_are_taken_as_they_are() -> None:
    assert make_user(pk=4_000_000_001).pk == 4_000_000_001


def test_passwords_of_legacy_are_taken_as_they_are() -> None:
    encoded = "pbkdf2_sha256$20000$aB3dE5fG7hJ9$XPeN0sMSNaPr1p7rIFa5RCyufg0YWV7BGP3YFGIfrKU="

    assert make_user(password=encoded).check_password("edx")


def test_who_closed_an_account_stays_known() -> None:
    staff = make_user("staff")
    standing = disable(make_user())
    standing.changed_by = staff
    standing.save()

    with pytest.raises(ProtectedError):
        staff.delete()


def test_rows_say_whose_they_are_without_telling_anything_else() -> None:
    user = make_user(groups=("testers",))

    assert str(user) == "ada"
    assert str(make_profile(user)) == f"profile of {user.pk}"
    assert str(disable(user)) == f"{user.pk}: disabled"


def test_the_first_superuser_can_be_made_on_the_command_line() -> None:
    user = User.objects.create_superuser("root", "Root@Example.ORG", "a long passphrase")

    assert (user.is_staff, user.is_superuser, user.email) == (True, True, "Root@example.org")
