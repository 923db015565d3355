"""Where this side may differ from the recording, each with its reason. Everything else is a bug."""

from tests.recorded import Allowance

__all__ = ["ALLOWANCES", "WRITES_OF_ACCOUNTS"]

# PATCH of an account that reaches the write: these stay on legacy, whose stand-in answers them.
WRITES_OF_ACCOUNTS = frozenset({89, 91, 92, 94, 96, 97})

ALLOWANCES = (
    Allowance("cookie sessionid", "sessions are legacy's, which issues them anew as it likes"),
    Allowance(
        "cookie csrftoken",
        "the same cookie with SameSite=Lax, which is what browsers take for none",
    ),
    Allowance(
        "header vary", "a page of no route is the same for everybody", frozenset({80, 127, 142})
    ),
    Allowance(
        "header content-language",
        "the page of no route is modern's own, and it is in no language",
        frozenset({80, 127, 142}),
    ),
    Allowance(
        "*",
        "the opt-in of a server that is nobody broke legacy down (500); here it is told so (400), "
        "and nothing is written either way",
        frozenset({165}),
    ),
)
