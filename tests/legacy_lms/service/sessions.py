"""Sessions in the django_session table, and which of them a cookie opens.

The layout is that of Django's database sessions, base64 of a keyed hash and the data, with JSON
where legacy pickles: a row written by legacy itself is unreadable here and counts as unknown.
"""

import base64
import hmac
import json
import string
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.legacy_lms.service import cookies, passwords
from tests.legacy_lms.service.tables import Tables, User, user_where

STORE_SALT = "django.contrib.sessionsSessionStore"
KEY_ALPHABET = string.ascii_lowercase + string.digits
BACKEND = "ratelimitbackend.backends.RateLimitModelBackend"


@dataclass(slots=True)
class Session:
    """The session of one request: what it holds, and whether it has to be written."""

    key: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    modified: bool = False

    @property
    def user_id(self) -> int | None:
        """The id of the user who logged in, None for an anonymous session."""
        return int(self.data["_auth_user_id"]) if "_auth_user_id" in self.data else None

    def put(self, name: str, value: object) -> None:
        """Store a value; the session is written even when it was there already."""
        self.data[name] = value
        self.modified = True

    def max_age(self) -> int | None:
        """How long its cookie lives in seconds, None until the browser is closed."""
        age = int(self.data.get("_session_expiry", cookies.SESSION_AGE_SECONDS))
        return age or None


def load(tables: Tables, key: str, *, secret_key: str, now: datetime) -> Session:
    """The session of this key; an empty one without key when it is unknown, old or unreadable."""
    row = tables.row(
        "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s",
        key,
        now,
    )
    data = _decode(row["session_data"], secret_key) if row else None
    return Session(key, data) if data is not None else Session()


def save(tables: Tables, session: Session, *, secret_key: str, now: datetime) -> None:
    """Write the session, giving it a key if it has none."""
    session.key = session.key or new_key()
    age = session.max_age() or cookies.SESSION_AGE_SECONDS
    tables.run(
        "REPLACE INTO django_session (session_key, session_data, expire_date) VALUES (%s, %s, %s)",
        session.key,
        _encode(session.data, secret_key),
        now + timedelta(seconds=age),
    )


def flush(tables: Tables, session: Session) -> None:
    """Empty the session and delete its row; the language survives, as in Django's logout."""
    delete(tables, session.key)
    session.data = {name: session.data[name] for name in ("_language",) if name in session.data}
    session.key, session.modified = None, True


def delete(tables: Tables, key: str | None) -> None:
    """Delete the row of a session, if there is one."""
    if key:
        tables.run("DELETE FROM django_session WHERE session_key = %s", key)


def log_in(tables: Tables, session: Session, user: User, *, secret_key: str) -> None:
    """Bind the session to a user under a new key, so that one known before is worth nothing."""
    delete(tables, session.key)
    session.key = new_key()
    session.put("_auth_user_id", str(user.id))
    session.put("_auth_user_backend", BACKEND)
    session.put("_auth_user_hash", passwords.session_hash(user.password, secret_key))


def user_of(tables: Tables, session: Session, secret_key: str) -> User | None:
    """The user of a session; a session made under another password is flushed."""
    if session.user_id is None:
        return None
    user = user_where(tables, "id", session.user_id)
    expected = passwords.session_hash(user.password, secret_key) if user else ""
    if user and hmac.compare_digest(session.data.get("_auth_user_hash", ""), expected):
        return user
    flush(tables, session)
    return None


def new_key() -> str:
    """A session key: 32 lower-case letters and digits."""
    return passwords.random_text(32, KEY_ALPHABET)


def _encode(data: dict[str, Any], secret_key: str) -> str:
    text = json.dumps(data)
    return base64.b64encode(f"{_mac(text, secret_key)}:{text}".encode()).decode()


def _decode(stored: str, secret_key: str) -> dict[str, Any] | None:
    mac, _, text = base64.b64decode(stored).decode("utf-8", "replace").partition(":")
    if not text or not hmac.compare_digest(mac.encode(), _mac(text, secret_key).encode()):
        return None
    data: dict[str, Any] = json.loads(text)
    return data


def _mac(text: str, secret_key: str) -> str:
    return cookies.salted_hmac(STORE_SALT, text, secret_key).hexdigest()
