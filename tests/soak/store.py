"""The flags' own store, as a process that is told what to do: `python -m tests.soak.store`.

In comes a line `{"do": "flip", "rollout": {...}, "since": n}` or `{"do": "publish", "since": n}`;
out goes `{"epochs": [[epoch, rollout], ...], "in_redis": true}` with all changes after epoch n, or
`{"error": name}` when PostgreSQL does not answer: then it may be done or not.
"""

import json
import sys
from typing import Any

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402 (models exist once Django is set up)
from django.db import Error, connection  # noqa: E402

from flags.models import FlagChange  # noqa: E402
from flags.snapshot import from_json  # noqa: E402
from flags.store import flip, publish  # noqa: E402
from tests.soak.cast import CAPABILITY, IDS  # noqa: E402


def do(told: dict[str, Any]) -> dict[str, Any]:
    if told["do"] == "flip":
        rollout = from_json(CAPABILITY, told["rollout"])
        published = flip(CAPABILITY, lambda _: rollout, who="soak", why="soak").published
    else:
        published = publish()
    changes = FlagChange.objects.filter(capability=CAPABILITY, epoch__gt=told["since"])
    return {
        "epochs": sorted((change.epoch, change.after) for change in changes),
        "in_redis": not any("Redis" in problem for problem in published.problems),
    }


def main() -> None:
    people = get_user_model()
    people.objects.bulk_create(people(pk=number, username=name) for name, number in IDS.items())
    for line in sys.stdin:
        try:
            found = do(json.loads(line))
        except Error as error:
            connection.close()
            found = {"error": type(error).__name__}
        print(json.dumps(found), flush=True)  # noqa: T201 (the other end reads it)


if __name__ == "__main__":
    main()
