import pytest
import redis

from flags.broadcast import acknowledgements, announce, wait_for_workers
from flags.feed import ACKS_KEY, SNAPSHOT_KEY, Acknowledgement
from flags.snapshot import Snapshot, dumps
from tests.flags.worker import Worker

KEY = "a key of thirty-two characters and more"
DOCUMENT = dumps(Snapshot(7), KEY)


def test_an_announcement_reaches_the_listening_workers(redis_url: str) -> None:
    with Worker(redis_url, KEY) as one, Worker(redis_url, KEY, name="worker-2") as two:
        listening = announce(redis_url, 7, DOCUMENT)
        heard = wait_for_workers(redis_url, 7, listening=listening, seconds=10)

    assert (heard.workers, heard.listening) == (2, 2)
    assert one.snapshot == two.snapshot == Snapshot(7)


def test_without_workers_the_snapshot_still_waits_for_them(redis_url: str) -> None:
    assert announce(redis_url, 7, DOCUMENT) == 0

    with redis.Redis.from_url(redis_url) as client:
        assert client.get(SNAPSHOT_KEY) == DOCUMENT


def test_a_worker_that_does_not_answer_is_counted_as_missing(redis_url: str) -> None:
    with Worker(redis_url, KEY), Worker(redis_url, KEY, name="deaf", deaf=True):
        listening = announce(redis_url, 7, DOCUMENT)
        wait_for_workers(redis_url, 7, listening=1, seconds=10)
        heard = wait_for_workers(redis_url, 7, listening=listening, seconds=0.05)

    assert (heard.workers, heard.listening) == (1, 2)


def test_acknowledgements_of_older_epochs_do_not_count(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.hset(ACKS_KEY, mapping={"gone": "6 1.0", "odd": "?", "ahead": "8 2.0"})

    heard = wait_for_workers(redis_url, 7, listening=2, seconds=0.05)

    assert heard.workers == 1
    assert acknowledgements(redis_url) == {
        "gone": Acknowledgement(6, 1.0),
        "ahead": Acknowledgement(8, 2.0),
    }


def test_an_announcement_forgets_workers_that_are_gone(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.hset(ACKS_KEY, "gone", "99 1.0")  # of a database that was set up anew

    announce(redis_url, 7, DOCUMENT)

    assert acknowledgements(redis_url) == {}


def test_a_redis_that_is_down_is_an_error_of_redis(stopped_redis: str) -> None:
    with pytest.raises(redis.RedisError):
        announce(stopped_redis, 7, DOCUMENT)
