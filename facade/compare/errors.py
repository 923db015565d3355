"""What can go wrong when answers are compared, beyond an answer that is malformed (`BrokenAnswer`).

FacadeError
└── RulesInvalid    an operator mends the file of rules and starts again (exit code 2)
"""

from __future__ import annotations

from facade.errors import FacadeError


class RulesInvalid(FacadeError):
    """The file of comparison rules says something that is not understood."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"comparison rules: {where} {problem}")
        self.where = where
