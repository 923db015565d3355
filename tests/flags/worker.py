"""A facade worker's side of the feed, for tests of the publisher's side."""

from __future__ import annotations

import threading
import time
from typing import Any, Self

import redis

from flags.feed import ACKS_KEY, CHANNEL, SNAPSHOT_KEY, Acknowledgement
from flags.snapshot import EMPTY, Snapshot, loads


class Worker:
    """Listens on the channel, reads and checks the snapshot, and acknowledges it; as a thread."""

    def __init__(self, url: str, key: str, *, name: str = "worker-1", deaf: bool = False) -> None:
        self.snapshot: Snapshot = EMPTY
        self._name, self._key, self._deaf = name, key, deaf
        self._client = redis.Redis.from_url(url)
        self._channel = self._client.pubsub(ignore_subscribe_messages=True)
        self._channel.subscribe(CHANNEL)
        self._channel.get_message(timeout=5)  # subscribed
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._listen)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        self._channel.close()
        self._client.close()

    def _listen(self) -> None:
        while not self._stopped.is_set():
            message = self._channel.get_message(timeout=0.05)
            if message is not None and not self._deaf:
                self._take()

    def _take(self) -> None:
        document: Any = self._client.get(SNAPSHOT_KEY)
        self.snapshot = loads(document, self._key)
        acknowledged = Acknowledgement(self.snapshot.epoch, time.time())
        self._client.hset(ACKS_KEY, self._name, str(acknowledged))
