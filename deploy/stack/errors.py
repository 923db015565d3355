"""What can go wrong with the development stack; every message ends with the way out.

StackError
├── ProgramMissing     a server is not installed here and may not be installed by us
├── PackagesFailed     apt could not install what is missing
├── ServerFailed       a server of the stack does not come up or does not stop
├── ServerUnreachable  a server named by the environment does not answer
├── SessionRuns        another development session of this checkout runs
├── StateDamaged       the remembered state cannot be used
└── ServiceFailed      a process of `dev` failed, once in a preparing step or again and again
"""

__all__ = [
    "PackagesFailed",
    "ProgramMissing",
    "ServerFailed",
    "ServerUnreachable",
    "ServiceFailed",
    "SessionRuns",
    "StackError",
    "StateDamaged",
]


class StackError(Exception):
    """The development stack cannot do what was asked; nothing is left half done."""

    exit_code = 2


class ProgramMissing(StackError):
    """A program of the stack is not installed."""

    def __init__(self, program: str, package: str) -> None:
        super().__init__(
            f"{program} is not installed: run `apt-get install {package}` as root, then try again"
        )


class PackagesFailed(StackError):
    """The package manager failed."""

    def __init__(self, packages: str, reason: str) -> None:
        super().__init__(f"apt could not install {packages} ({reason}): install them by hand")


class ServerFailed(StackError):
    """A server of the stack failed; carries the end of its log."""

    def __init__(self, name: str, what: str, log_tail: str) -> None:
        indented = "".join(f"\n    {line}" for line in log_tail.splitlines())
        super().__init__(
            f"{name} {what}: its log ends as below; to begin anew run `make stop` "
            f"and remove the folder .stack{indented}"
        )


class ServerUnreachable(StackError):
    """A server that the environment names does not answer."""

    def __init__(self, variable: str, reason: str) -> None:
        super().__init__(
            f"{variable} is set but its server cannot be used ({reason}): "
            f"start that server, correct the URL, or unset {variable} to get a private one"
        )


class SessionRuns(StackError):
    """There is a development session already."""

    def __init__(self, root: str) -> None:
        super().__init__(f"a development session of {root} runs already: end it with `make stop`")


class StateDamaged(StackError):
    """The remembered state of the stack is unusable."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} cannot be used ({reason}): remove it and try again")


class ServiceFailed(StackError):
    """A process of the development session failed for good; carries the end of its log."""

    exit_code = 1

    def __init__(self, name: str, what: str, log_tail: str) -> None:
        indented = "".join(f"\n    {line}" for line in log_tail.splitlines())
        super().__init__(f"{name} {what}: its log ends as below; mend it and try again{indented}")
