"""The staging tables that rows pass through on their way into PostgreSQL."""

from importlib import resources

import pytest

from etl import postgres
from etl.postgres import Target
from etl.tables import BY_SOURCE

GROUP = BY_SOURCE["auth_group"]


class Interrupted(Exception):
    """Something stopped a transaction before its commit."""


def fail_after_applying(target: Target) -> None:
    with target.transaction():
        target.writer(GROUP).apply({b"1": (b"1", b"testers")}, acked=0)
        raise Interrupted


def test_a_table_staged_in_a_transaction_that_failed_is_staged_again(modern_url: str) -> None:
    with postgres.connect(modern_url) as connection:
        connection.execute(resources.files("etl").joinpath("schema.sql").read_bytes())
        target = Target(connection)
        with pytest.raises(Interrupted):
            fail_after_applying(target)

        for name in (b"testers", b"authors"):
            with target.transaction():
                applied = target.writer(GROUP).apply({b"1": (b"1", name)}, acked=0)
                assert applied.stored == 1

        assert connection.execute("SELECT id, name FROM auth_group").fetchall() == [(1, "authors")]
