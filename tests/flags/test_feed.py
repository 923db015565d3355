import pytest

from flags.feed import Acknowledgement, acknowledgement


def test_an_acknowledgement_is_read_as_it_was_written() -> None:
    written = Acknowledgement(7, 1_479_000_000.125)

    assert str(written) == "7 1479000000.125"
    assert acknowledgement(str(written)) == written


@pytest.mark.parametrize("text", ["", "7", "seven 1", "7 now", "7 1 1"])
def test_what_is_no_acknowledgement_is_none(text: str) -> None:
    assert acknowledgement(text) is None
