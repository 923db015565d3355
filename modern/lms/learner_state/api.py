"""The only door of learner state: what a learner left in a course, and the way to leave more."""

from modern.lms.learner_state.commands import save
from modern.lms.learner_state.queries import (
    block_state,
    block_states,
    history,
    positions,
    scores,
)

__all__ = ["block_state", "block_states", "history", "positions", "save", "scores"]
