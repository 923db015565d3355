"""Legacy password hashes: verifying them. Hashing anew is left to the LMS that owns the column."""

import base64
import hashlib
import hmac
import secrets
import string

from tests.legacy_lms.service.cookies import salted_hmac

ALPHABET = string.ascii_letters + string.digits
HASH_SALT = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"


def verify(raw: str, encoded: str) -> bool:
    """Whether the password fits `pbkdf2_sha256$iterations$salt$hash`; no other hash is known."""
    algorithm, *parts = encoded.split("$")
    if algorithm != "pbkdf2_sha256" or len(parts) != 3:
        return False
    iterations, salt, expected = parts
    derived = hashlib.pbkdf2_hmac("sha256", raw.encode(), salt.encode(), int(iterations))
    return hmac.compare_digest(base64.b64encode(derived).decode(), expected)


def session_hash(encoded: str, secret_key: str) -> str:
    """What a session remembers of the password, so that changing it ends the session."""
    return salted_hmac(HASH_SALT, encoded, secret_key).hexdigest()


def random_text(length: int, alphabet: str = ALPHABET) -> str:
    """Unpredictable characters, as for session keys, salts and tokens."""
    return "".join(secrets.choice(alphabet) for _ in range(length))
