import threading
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from flags.capabilities import CAPABILITIES
from flags.models import Flag, FlagChange
from flags.store import Author, _record, authored, current, flip, lock_epoch
from tests.flags.conftest import blocked_connections, make_user

pytestmark = pytest.mark.django_db(transaction=True)

LIST = reverse("admin:flags_flag_changelist")


@pytest.fixture
def root(feed: str, settings: Any) -> Client:
    """A superuser's browser, in a modern that knows its own sessions."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Gateway" not in name]
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root"))
    return client


def opened(client: Client, flag: Flag) -> dict[str, Any]:
    """What a form of the page as it is now holds besides the fields that people fill in."""
    page = client.get(reverse("admin:flags_flag_change", args=[flag.pk]))
    return {"seen": page.context["adminform"].form["seen"].value()}


def change(client: Client, flag: Flag, *, form: dict[str, Any] | None = None, **fields: Any) -> Any:
    empty = {
        "everyone": "unknown",
        "users": "",
        "courses": "",
        "orgs": "",
        "note": "",
        "shadow": "0",
    }
    url = reverse("admin:flags_flag_change", args=[flag.pk])
    return client.post(url, empty | (form or opened(client, flag)) | fields)


def test_the_list_shows_all_capabilities_with_stage_and_summary(root: Client) -> None:
    Flag.objects.filter(name="catalog").update(everyone=True)
    page = root.get(LIST).content.decode()

    assert all(name in page for name in CAPABILITIES)
    assert "modern" in page
    assert "everyone" in page


def test_the_list_takes_a_handful_of_queries_however_many_flags_there_are(
    root: Client, django_assert_max_num_queries: Any
) -> None:
    for name in ("catalog", "enrollment"):
        Flag.get(name).users.add(make_user(f"user of {name}", "beta"))
    with django_assert_max_num_queries(10):
        page = root.get(LIST)
    assert len(page.context["cl"].result_list) == len(CAPABILITIES)
    assert page.content.decode().count("1 user") == 2


def test_the_list_can_be_narrowed_to_a_stage(root: Client) -> None:
    Flag.objects.filter(name="catalog").update(everyone=True)
    page = root.get(LIST, {"stage": "modern"})

    assert [flag.name for flag in page.context["cl"].queryset] == ["catalog"]


def test_a_change_goes_into_the_history_with_its_author_and_reason(root: Client) -> None:
    ada = make_user("ada", "beta")
    flag = Flag.get("enrollment")
    answer = change(
        root, flag, why="trial", users=str(ada.pk), orgs="edX,MITx", percent="2.50", reads_only="on"
    )

    assert answer.status_code == 302, answer.context["adminform"].errors
    now = current().rollout("enrollment")
    assert (now.users, now.orgs) == ({ada.pk}, {"edX", "MITx"})
    assert (now.percent, now.reads_only) == (250, True)
    recorded = FlagChange.objects.all()
    assert {(flip.who, flip.why) for flip in recorded} == {("root", "trial")}
    assert len(recorded) == 1


def test_a_change_of_members_alone_has_its_author_and_reason_too(root: Client) -> None:
    ada = make_user("ada", "beta")

    change(root, Flag.get("enrollment"), why="trial", users=str(ada.pk))

    assert current().rollout("enrollment").users == {ada.pk}
    assert [(flip.who, flip.why) for flip in FlagChange.objects.all()] == [("root", "trial")]


def test_a_page_that_is_saved_during_a_flip_waits_for_it_and_is_refused(root: Client) -> None:
    flag = Flag.get("enrollment")
    page = opened(root, flag)

    def save() -> None:
        change(root, flag, form=page, why="a note", everyone="true")
        connection.close()

    saving = threading.Thread(target=save)
    with transaction.atomic(), authored(None):
        epoch, before = lock_epoch(), flag.to_rollout()
        Flag.objects.filter(pk=flag.pk).update(everyone=False)
        _record(epoch, [(before, replace(before, everyone=False))], Author("op", "it broke"))
        saving.start()
        while saving.is_alive() and not blocked_connections():
            saving.join(timeout=0.01)
    saving.join()

    assert current().rollout("enrollment").everyone is False


def test_a_change_without_a_reason_is_refused(root: Client) -> None:
    answer = change(root, Flag.get("enrollment"), why="", everyone="true")

    assert answer.status_code == 200
    assert "why" in answer.context["adminform"].errors
    assert current().epoch == 0


def test_a_page_from_before_the_last_flip_does_not_undo_it(root: Client) -> None:
    flag = Flag.get("enrollment")
    change(root, flag, why="trial", everyone="true")
    page = opened(root, flag)
    flip("enrollment", lambda now: replace(now, everyone=False), who="op", why="it broke")

    answer = change(root, flag, form=page, why="a note", everyone="true", note="ask Ada")

    assert answer.context["adminform"].errors == {
        "__all__": ["enrollment was flipped while this page was open: load it again"]
    }
    assert current().rollout("enrollment").everyone is False


@pytest.mark.parametrize(
    ("field", "value"), [("courses", "edX"), ("orgs", "edX/DemoX"), ("percent", "100.01")]
)
def test_a_rollout_out_of_range_is_refused(root: Client, field: str, value: str) -> None:
    answer = change(root, Flag.get("enrollment"), why="trial", **{field: value})

    assert field in answer.context["adminform"].errors
    assert current().epoch == 0


@pytest.mark.parametrize(
    "fields", [{"everyone": "true"}, {"users": "ada"}, {"orgs": "edX"}, {"shadow": "1"}]
)
def test_what_modern_does_not_serve_is_not_flipped(root: Client, fields: dict[str, str]) -> None:
    if "users" in fields:
        fields = {"users": str(make_user("ada").pk)}
    answer = change(root, Flag.get("wiki"), why="trial", **fields)

    (refusal,) = answer.context["adminform"].errors["__all__"]
    assert refusal.startswith("modern serves no route of wiki yet")
    assert current().epoch == 0


def test_what_modern_does_not_serve_can_be_switched_off(root: Client) -> None:
    Flag.objects.filter(name="wiki").update(everyone=True)

    assert change(root, Flag.get("wiki"), why="back").status_code == 302
    assert current().rollout("wiki").everyone is None


def test_rows_are_neither_added_nor_deleted(root: Client) -> None:
    flag = Flag.get("enrollment")

    assert root.get(reverse("admin:flags_flag_add")).status_code == 403
    assert root.post(reverse("admin:flags_flag_delete", args=[flag.pk])).status_code == 403


def test_the_history_is_read_and_not_written(root: Client) -> None:
    change(root, Flag.get("enrollment"), why="first trial", everyone="true")
    flip = FlagChange.objects.get()

    assert "first trial" in root.get(reverse("admin:flags_flagchange_changelist")).content.decode()
    page = reverse("admin:flags_flagchange_change", args=[flip.pk])
    assert root.get(page).status_code == 200
    assert root.post(page, {"why": "another"}).status_code == 403
    assert root.get(reverse("admin:flags_flagchange_add")).status_code == 403
    assert root.post(page.removesuffix("change/") + "delete/").status_code == 403
