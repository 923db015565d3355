"""pgloader's orders for one table, set up as fast as it goes, and why rows are missing if any are.

It makes a table of its own with a primary key, and texts where modern has documents. It stores a
zero date as NULL, leaves a NUL out of its text, and rejects no row for them.
"""

import re

# Its reader runs ahead of its writers by 100,000 rows unless told otherwise, and Debian builds it
# with a heap of 1 GB, however much memory there is: some hundred thousand rows of ours fill it, and
# it dies. The fewer rows wait, the less is there for its collector to copy. Two writers need the
# least processor time. A reader for each, more of both, other batches, fewer collections and
# `on error stop` gain nothing that can be told from chance.
SETTINGS = ("prefetch rows = 500", "workers = 4", "concurrency = 2")
_REASON = re.compile(r"Heap exhausted[^:\n]*|\S*(?:FATAL|ERROR)\b.*")


def orders(*, legacy: str, modern: str, table: str) -> str:
    """Write what it reads: make a table in a schema named like legacy's database, and fill it."""
    wanted = ("create tables", "create indexes", "no foreign keys", "reset no sequences", *SETTINGS)
    return (
        f"LOAD DATABASE FROM {legacy} INTO {modern} WITH {', '.join(wanted)}"
        # Or it gives up at the first zero date.
        " CAST type datetime to timestamptz drop default drop not null using zero-dates-to-null"
        f" INCLUDING ONLY TABLE NAMES MATCHING '{table}';"
    )


def reason(printed: str) -> str:
    """Find in what it printed why rows are missing."""
    found = _REASON.search(printed)
    return found[0] if found else "it gave no reason"
