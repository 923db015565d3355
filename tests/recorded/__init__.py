"""What a real legacy Open edX LMS answered, and how strictly another server is held to it.

`exchanges.jsonl` is a selection of one recorded run of the stock LMS of June 2016, in the order it
ran, from the state of the recorded rows. HTML pages and live credentials are left out; the lab's
own passwords and keys are in. Which server is judged is unknown here: it is reached by a `Send`.
"""

from tests.recorded.compare import ALL_HEADERS, MATTERING, Allowance, differences
from tests.recorded.exchange import Answer, Exchange, Family, exchanges, script
from tests.recorded.replay import Clients, Send, replay

__all__ = [
    "ALL_HEADERS",
    "MATTERING",
    "Allowance",
    "Answer",
    "Clients",
    "Exchange",
    "Family",
    "Send",
    "differences",
    "exchanges",
    "replay",
    "script",
]
