"""Where frames end, however they come in."""

from hypothesis import given
from hypothesis import strategies as st

from facade.websocket import GOING_AWAY, Frames

LENGTHS = st.sampled_from([0, 1, 5, 125, 126, 127, 300, 65535, 65536, 70_000])


def frame(length: int, *, masked: bool, opcode: int) -> bytes:
    """A frame as RFC 6455, 5.2 draws it, with the shortest length that fits."""
    mask = 0x80 if masked else 0
    if length < 126:
        head = bytes([0x80 | opcode, mask | length])
    elif length < 65536:
        head = bytes([0x80 | opcode, mask | 126]) + length.to_bytes(2, "big")
    else:
        head = bytes([0x80 | opcode, mask | 127]) + length.to_bytes(8, "big")
    return head + (b"mask" if masked else b"") + b"x" * length


@given(
    st.lists(st.tuples(LENGTHS, st.booleans(), st.integers(0, 15)), min_size=1, max_size=6),
    st.lists(st.integers(1, 200_000), max_size=8),
)
def test_frames_end_where_they_were_made_to_end_however_they_are_cut(
    made: list[tuple[int, bool, int]], cuts: list[int]
) -> None:
    pieces = [frame(length, masked=masked, opcode=opcode) for length, masked, opcode in made]
    stream = b"".join(pieces)
    ends = {sum(map(len, pieces[: number + 1])) for number in range(len(pieces))}
    frames, start = Frames(), 0
    for cut in sorted({*(cut for cut in cuts if cut < len(stream)), len(stream)}):
        last = max((end for end in ends if start < end <= cut), default=start)
        assert frames.feed(stream[start:cut]) == last - start
        assert frames.is_between is (cut in ends)
        start = cut


def test_a_head_that_comes_byte_by_byte_is_one_head() -> None:
    frames = Frames()
    stream = frame(300, masked=True, opcode=2)
    assert [frames.feed(stream[at : at + 1]) for at in range(len(stream))][-2:] == [0, 1]


def test_the_goodbye_is_itself_a_frame() -> None:
    assert Frames().feed(GOING_AWAY) == len(GOING_AWAY)
