import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import LazySettings
from django.contrib.auth.models import Group
from django.db import connection, transaction

from flags import store
from flags.broadcast import announce, wait_for_workers
from flags.errors import BadRequest, BadRollout, NotBuilt, UnknownCapability
from flags.feed import SNAPSHOT_KEY
from flags.models import Epoch, Flag, FlagChange
from flags.rollout import Rollout, Stage
from flags.snapshot import Snapshot, dumps, loads, to_json
from flags.store import Author, authored, current, flip, publish, settle
from tests.flags.conftest import blocked_connections, make_user
from tests.flags.worker import Worker

COURSE = "course-v1:edX+DemoX+Demo_Course"


def everyone(now: Rollout) -> Rollout:
    return replace(now, everyone=True)


def in_file(settings: LazySettings) -> Snapshot:
    return loads(Path(settings.SNAPSHOT_PATH).read_bytes(), settings.BRIDGE_KEY)


@pytest.mark.django_db
def test_a_flip_changes_the_rows_and_numbers_the_change(feed: str, ada: Any) -> None:
    wanted = {
        "users": frozenset({ada.pk}),
        "groups": frozenset({"beta"}),
        "courses": frozenset({COURSE}),
        "orgs": frozenset({"edX"}),
        "percent": 25,
        "reads_only": True,
        "shadow": 150,
    }
    flipped = flip("enrollment", lambda now: replace(now, **wanted), who="op", why="trial")

    assert flipped.epoch == 1
    assert flipped.before.stage is Stage.LEGACY
    assert flipped.after == Flag.get("enrollment").to_rollout()
    assert {name: getattr(flipped.after, name) for name in wanted} == wanted


@pytest.mark.django_db
def test_a_flip_is_recorded_with_who_when_and_why(feed: str) -> None:
    flipped = flip("catalog", everyone, who="op", why="reads look right")

    recorded = FlagChange.objects.get()
    assert (recorded.epoch, recorded.capability) == (1, "catalog")
    assert (recorded.who, recorded.why) == ("op", "reads look right")
    assert recorded.before == to_json(flipped.before)
    assert recorded.after == to_json(flipped.after)


@pytest.mark.django_db
def test_a_flip_reaches_file_redis_and_workers(feed: str, settings: LazySettings) -> None:
    with Worker(feed, settings.BRIDGE_KEY):
        flipped = flip("catalog", everyone, who="op", why="trial")

    with redis.Redis.from_url(feed) as client:
        in_redis = loads(client.get(SNAPSHOT_KEY), settings.BRIDGE_KEY)  # type: ignore[arg-type]  # sync client
    assert flipped.published == store.Published(1, listening=1)
    assert in_redis == in_file(settings) == current()
    assert in_redis.rollout("catalog").everyone is True


@pytest.mark.django_db
def test_a_flip_that_changes_nothing_makes_no_epoch(feed: str) -> None:
    flip("catalog", everyone, who="op", why="trial")
    again = flip("catalog", everyone, who="op", why="again")

    assert again.before == again.after
    assert again.published.epoch == again.epoch == current().epoch == 1
    assert FlagChange.objects.count() == 1


@pytest.mark.django_db
def test_a_flip_keeps_the_salt_so_that_the_same_users_come_back(feed: str) -> None:
    salt = Flag.get("catalog").salt
    flip(
        "catalog",
        lambda _: Rollout(capability="catalog", percent=1, salt="x"),
        who="o",
        why="w",
    )
    flip("catalog", lambda _: Rollout(capability="catalog"), who="o", why="w")

    assert Flag.get("catalog").salt == salt


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "why", "error"),
    [
        ("enrolment", "trial", UnknownCapability),
        ("wiki", "trial", NotBuilt),
        ("catalog", "  ", BadRequest),
    ],
)
def test_a_flip_of_nothing_or_without_a_reason_is_refused(
    feed: str, name: str, why: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        flip(name, everyone, who="op", why=why)

    assert current().epoch == 0


@pytest.mark.django_db
def test_a_flip_that_fails_halfway_changes_nothing(feed: str, settings: LazySettings) -> None:
    def out_of_range(now: Rollout) -> Rollout:
        return replace(now, percent=20_000)

    with pytest.raises(BadRollout):
        flip("catalog", out_of_range, who="op", why="trial")

    assert (current().epoch, FlagChange.objects.count()) == (0, 0)
    assert not Path(settings.SNAPSHOT_PATH).exists()


@pytest.mark.django_db
def test_publishing_with_redis_down_writes_the_file_and_says_so(
    stopped_redis: str, settings: LazySettings
) -> None:
    flipped = flip("catalog", everyone, who="op", why="trial")

    assert flipped.published.listening == 0
    assert "Redis did not take the snapshot" in flipped.published.problems[0]
    assert in_file(settings).rollout("catalog").everyone is True


@pytest.mark.django_db
def test_a_flip_that_reached_nobody_reaches_the_workers_when_it_is_repeated(
    stopped_redis: str, settings: LazySettings, redis_url: str
) -> None:
    flip("catalog", everyone, who="op", why="trial")
    settings.REDIS_URL = redis_url

    with Worker(redis_url, settings.BRIDGE_KEY) as worker:
        again = flip("catalog", everyone, who="op", why="trial")
        waited = wait_for_workers(redis_url, 1, listening=1, seconds=10)

    assert again.published == store.Published(1, listening=1)
    assert waited.workers == 1
    assert worker.snapshot.rollout("catalog").everyone is True


@pytest.mark.django_db
def test_publishing_with_no_place_for_the_file_writes_redis_and_says_so(
    feed: str, settings: LazySettings
) -> None:
    settings.SNAPSHOT_PATH = settings.SNAPSHOT_PATH / "no" / "folder"

    published = publish()

    assert len(published.problems) == 1
    assert "SNAPSHOT_PATH" in published.problems[0]
    with redis.Redis.from_url(feed) as client:
        assert client.exists(SNAPSHOT_KEY) == 1


@pytest.mark.django_db
def test_publishing_before_any_flip_publishes_that_everything_is_legacy(
    feed: str, settings: LazySettings
) -> None:
    assert publish().epoch == 0
    assert {each.stage for each in in_file(settings).rollouts.values()} == {Stage.LEGACY}


@pytest.mark.django_db(transaction=True)
def test_changes_of_rows_by_save_make_an_epoch_in_the_authors_name(feed: str) -> None:
    flag = Flag.get("catalog")
    flag.everyone = True
    with authored(Author("admin", "by hand")):
        flag.save()

    recorded = FlagChange.objects.get()
    assert (recorded.capability, recorded.who, recorded.why) == ("catalog", "admin", "by hand")
    assert current().rollout("catalog").everyone is True


@pytest.mark.django_db(transaction=True)
def test_changes_of_rows_of_members_make_epochs_too(feed: str, settings: LazySettings) -> None:
    user, group = make_user("ada", "beta"), Group.objects.get(name="beta")
    flag = Flag.get("catalog")

    flag.users.add(user)
    flag.groups.add(group)
    assert in_file(settings).rollout("catalog").users == {user.pk}
    group.name = "testers"
    group.save()
    assert in_file(settings).rollout("catalog").groups == {"testers"}
    group.delete()
    flag.users.clear()

    assert in_file(settings).rollout("catalog").stage is Stage.LEGACY
    assert current().epoch == 5


@pytest.mark.django_db(transaction=True)
def test_changes_of_rows_that_were_deleted_are_recorded_as_back_to_legacy(feed: str) -> None:
    flip("catalog", lambda now: replace(now, percent=500), who="op", why="trial")
    salt = Flag.get("catalog").salt
    Flag.get("catalog").delete()

    assert current().rollout("catalog").stage is Stage.LEGACY
    assert FlagChange.objects.first().after["percent"] == 0  # type: ignore[union-attr]  # just made
    again = flip("catalog", lambda now: replace(now, percent=500), who="op", why="again")
    assert again.after.salt == salt


@pytest.mark.django_db(transaction=True)
def test_changes_of_rows_by_raw_sql_are_found_by_the_next_settlement(feed: str) -> None:
    Flag.objects.filter(name__in=["catalog", "badges"]).update(everyone=True)
    published = settle(Author("op", "found"))

    assert published is not None
    assert published.epoch == 1
    assert set(FlagChange.objects.values_list("capability", "epoch")) == {
        ("catalog", 1),
        ("badges", 1),
    }
    assert settle(Author("op", "found")) is None


@pytest.mark.django_db(transaction=True)
def test_changes_of_rows_in_a_transaction_that_is_rolled_back_publish_nothing(
    feed: str, settings: LazySettings
) -> None:
    flag = Flag.get("catalog")
    flag.everyone = True
    with transaction.atomic():
        flag.save()
        transaction.set_rollback(True)

    assert current().epoch == 0
    assert not Path(settings.SNAPSHOT_PATH).exists()


@pytest.mark.django_db(transaction=True)
def test_two_operators_at_once_lose_nothing_and_the_last_epoch_is_the_one_published(
    feed: str, settings: LazySettings
) -> None:
    def add_users(first: int) -> None:
        try:
            for user in range(first, first + 10, 2):
                flip(
                    "enrollment",
                    lambda now, user=user: replace(now, orgs=now.orgs | {f"org{user}"}),  # type: ignore[misc]  # bound now
                    who="op",
                    why="more",
                )
        finally:
            connection.close()

    threads = [threading.Thread(target=add_users, args=(first,)) for first in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    epochs = sorted(FlagChange.objects.values_list("epoch", flat=True))
    assert epochs == list(range(1, 11))
    assert Epoch.objects.get().number == 10
    assert current().rollout("enrollment").orgs == {f"org{number}" for number in range(10)}
    assert in_file(settings) == current()
    with redis.Redis.from_url(feed) as client:
        published = loads(client.get(SNAPSHOT_KEY), settings.BRIDGE_KEY)  # type: ignore[arg-type]  # sync client
    assert published == current()


@pytest.mark.django_db
def test_a_database_that_was_set_up_anew_is_numbered_past_what_workers_have_seen(
    feed: str, settings: LazySettings
) -> None:
    seen = Snapshot(41, {"catalog": Rollout(capability="catalog", everyone=True)})
    announce(feed, 41, dumps(seen, settings.BRIDGE_KEY))

    assert publish().epoch == 42
    assert in_file(settings).rollout("catalog").stage is Stage.LEGACY
    assert publish().epoch == 42
    assert flip("catalog", everyone, who="op", why="trial").published.epoch == 43


@pytest.mark.django_db
def test_a_database_that_says_something_else_of_an_epoch_gives_it_another_number(
    feed: str, settings: LazySettings
) -> None:
    flip("catalog", everyone, who="op", why="trial")
    seen = Snapshot(1, {"catalog": Rollout(capability="catalog")})
    announce(feed, 1, dumps(seen, settings.BRIDGE_KEY))

    assert publish().epoch == 2
    assert in_file(settings).rollout("catalog").everyone is True


@pytest.mark.django_db
@pytest.mark.parametrize(
    "document", [b"", b"{", dumps(Snapshot(41), "another key of 32 characters!!!")]
)
def test_a_file_that_is_no_snapshot_of_ours_is_replaced(
    feed: str, settings: LazySettings, document: bytes
) -> None:
    Path(settings.SNAPSHOT_PATH).write_bytes(document)

    assert publish() == store.Published(0, listening=0)
    assert in_file(settings) == current()


@pytest.mark.django_db(transaction=True)
def test_a_publication_waits_for_a_flip_under_way_and_publishes_it(
    feed: str, settings: LazySettings
) -> None:
    flip("catalog", everyone, who="op", why="first")

    def publish_and_leave() -> None:
        try:
            publish()
        finally:
            connection.close()

    publisher = threading.Thread(target=publish_and_leave)
    with transaction.atomic():
        Epoch.objects.filter(pk=1).update(number=2)
        publisher.start()
        while publisher.is_alive() and not blocked_connections():
            publisher.join(timeout=0.01)
    publisher.join()

    assert in_file(settings).epoch == 2
