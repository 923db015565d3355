"""The JSON of a learner's state by type of block, spelt as the platform spells it. Pure."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tests.legacy_lms.database.generator.dice import Dice

__all__ = ["KINDS", "State", "first_view", "state"]


class State(NamedTuple):
    """What one visit left: JSON text, and raw points where the block is scored."""

    text: str
    grade: float | None = None
    max_grade: float | None = None


def state(kind: str, block: str, dice: Dice) -> State:
    """Make the state of a block of this kind."""
    return _WRITERS[kind](block, dice)


def first_view(block: str, dice: Dice) -> State:
    """Make the state of a problem that was looked at and not answered."""
    seed, inputs = 1 + dice.below(1_000), _inputs(block)
    blank = ", ".join(f'"{name}": {{}}' for name in inputs)
    return State(f'{{"seed": {seed}, "input_state": {{{blank}}}}}')


def _inputs(block: str) -> list[str]:
    asked = 2 if block[0] in "89abcdef" else 1
    return [f"{block}_{number + 2}_1" for number in range(asked)]


def _problem(block: str, dice: Dice) -> State:
    if dice.one_in(5):
        return first_view(block, dice)
    seed, inputs, attempts = 1 + dice.below(1_000), _inputs(block), 1 + dice.below(4)
    right = [bool(dice.below(3)) for _ in inputs]
    answers = ", ".join(f'"{name}": "choice_{dice.below(4)}"' for name in inputs)
    marks = ", ".join(map(_mark, inputs, right))
    blank = ", ".join(f'"{name}": {{}}' for name in inputs)
    when = f"2015-{1 + dice.below(12):02}-{1 + dice.below(28):02}T{dice.below(24):02}:15:42Z"
    text = (
        f'{{"attempts": {attempts}, "seed": {seed}, "done": true, '
        f'"student_answers": {{{answers}}}, "correct_map": {{{marks}}}, '
        f'"input_state": {{{blank}}}, "last_submission_time": "{when}"}}'
    )
    return State(text, float(sum(right)), float(len(inputs)))


def _mark(name: str, right: bool) -> str:  # noqa: FBT001 - called by map, by position
    return (
        f'"{name}": {{"hint": "", "hintmode": null, '
        f'"correctness": "{"correct" if right else "incorrect"}", "msg": "", '
        f'"answervariable": null, "npoints": null, "queuestate": null}}'
    )


def _position(_block: str, dice: Dice) -> State:
    return State(f'{{"position": {1 + dice.below(9)}}}')


def _video(_block: str, dice: Dice) -> State:
    moment = f"00:{dice.below(20):02}:{dice.below(60):02}"
    speed = dice.pick(("0.75", "1.0", "1.25", "1.5"))
    return State(f'{{"speed": {speed}, "saved_video_position": "{moment}"}}')


def _poll(_block: str, dice: Dice) -> State:
    return State(f'{{"voted": true, "poll_answer": "{dice.pick(("yes", "no", "unsure"))}"}}')


def _word_cloud(_block: str, dice: Dice) -> State:
    word = dice.pick(("learning", "\\u00e9tude", "fun"))
    return State(f'{{"submitted": true, "student_words": ["{word}"]}}')


def _library_content(_block: str, dice: Dice) -> State:
    return State(f'{{"selected": [["problem", "{dice.below(2**80):020x}"]]}}')


_WRITERS: Mapping[str, Callable[[str, Dice], State]] = {
    "problem": _problem,
    "sequential": _position,
    "chapter": _position,
    "course": _position,
    "video": _video,
    "poll_question": _poll,
    "word_cloud": _word_cloud,
    "library_content": _library_content,
}

# The types of the blocks of a course, in the order they are met, again and again.
KINDS = (
    *("problem", "sequential", "problem", "video", "problem", "chapter", "problem", "problem"),
    *("sequential", "problem", "video", "problem", "poll_question", "problem", "sequential"),
    *("problem", "word_cloud", "problem", "problem", "library_content", "problem", "course"),
)
