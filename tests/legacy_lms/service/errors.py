"""What stops the stand-in from answering.

StandInError
├── MissingSettingError  the environment names no database or key
└── RefusalError         an API request that ends early: the status and the text the client gets
"""


class StandInError(Exception):
    """Something in the stand-in went as it was asked to go wrong."""


class MissingSettingError(StandInError):
    """A variable of the environment is missing: the message names it and where to take it from."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is not set: run `python -m deploy.stack env` and export what it prints"
        )


class RefusalError(StandInError):
    """An API request is refused: `detail` is a text, or the whole body of a token error."""

    def __init__(
        self, status: int, detail: str | dict[str, str], headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail
        self.headers = headers
