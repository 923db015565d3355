"""Sets of transactions: what they contain, and how both flavours of servers spell it."""

import struct
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.log.gtids import Gtids

ONE, TWO = "3e11fa47-71ca-11e1-9e33-c80aa9429562", "00010203-0405-0607-0809-0a0b0c0d0e0f"


@given(st.lists(st.tuples(st.sampled_from([ONE, TWO]), st.integers(1, 40))))
def test_a_set_contains_what_was_added_in_whatever_order(members: list[tuple[str, int]]) -> None:
    found = Gtids()
    for source, number in members:
        found.add(f"{source}:{number}")

    assert numbers(str(found)) == set(members)
    assert str(Gtids.parse(str(found))) == str(found)


def numbers(spelled: str) -> set[tuple[str, int]]:
    """What a set of MySQL's contains."""
    found = set()
    for part in filter(None, spelled.split(",")):
        source, *ranges = part.split(":")
        for one in ranges:
            first, _, last = one.partition("-")
            found |= {(source, number) for number in range(int(first), int(last or first) + 1)}
    return found


def test_consecutive_transactions_are_one_range() -> None:
    found = Gtids.parse(f"{ONE}:1-3:7")
    for number in (4, 5, 6):
        found.add(f"{ONE}:{number}")

    assert str(found) == f"{ONE}:1-7"


def test_mariadb_has_one_transaction_for_each_domain() -> None:
    found = Gtids.parse("0-1-100,7-1-5")
    found.add("0-2-101")

    assert str(found) == "0-2-101,7-1-5"


@pytest.mark.parametrize("spelled", ["nonsense", f"{ONE}:x", "1-2-3:4"])
def test_what_is_no_set_is_refused(spelled: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Gtids.parse(spelled)


def test_the_protocol_has_ends_that_are_not_included() -> None:
    packed = Gtids.parse(f"{TWO}:1-5:9").packed()

    assert packed == struct.pack("<Q", 1) + UUID(TWO).bytes + struct.pack("<5Q", 2, 1, 6, 9, 10)
