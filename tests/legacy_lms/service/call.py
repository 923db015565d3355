"""One request while it is being answered: what came, who asks, and the hands to answer with."""

from dataclasses import dataclass
from datetime import datetime

from tests.legacy_lms.service.csrf import CsrfToken
from tests.legacy_lms.service.messages import Request
from tests.legacy_lms.service.sessions import Session
from tests.legacy_lms.service.settings import Settings
from tests.legacy_lms.service.tables import Tables, User
from tests.legacy_lms.service.throttle import Throttle


@dataclass(slots=True)
class Call:
    """A request in its transaction; `user` is who the session, later the API, says calls."""

    request: Request
    tables: Tables
    settings: Settings
    throttle: Throttle
    now: datetime  # naive UTC, as the tables hold it
    session: Session
    csrf: CsrfToken
    user: User | None = None
    cookies: tuple[str, ...] = ()  # what views add; session and csrftoken come by themselves

    @property
    def has_api_key(self) -> bool:
        """Whether this is a server that knows the key; a wrong key is as good as none."""
        return self.request.headers.get("x-edx-api-key") == self.settings.api_key

    @property
    def username(self) -> str:
        """The caller's name, empty for nobody, as Django's AnonymousUser has it."""
        return self.user.username if self.user else ""
