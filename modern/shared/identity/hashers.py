"""Password hashes of legacy's early years that Django no longer reads.

They only ever verify: a password that is set again gets the preferred hash.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.contrib.auth.hashers import BasePasswordHasher, PBKDF2PasswordHasher
from django.utils.crypto import constant_time_compare

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

__all__ = ["LegacyPbkdf2Hasher", "Sha1Hasher", "UnsaltedMd5Hasher", "UnsaltedSha1Hasher"]


class LegacyPbkdf2Hasher(PBKDF2PasswordHasher):
    """PBKDF2 SHA-256 with exactly the 20000 rounds of Django 1.8.

    Legacy hashes again at login whatever has other rounds, and a session there dies with the hash
    it was made for.
    """

    iterations = 20_000

    def must_update(self, encoded: str) -> bool:
        """Say yes for other rounds only: the shorter salts of Django 1.8 are no reason."""
        return bool(self.decode(encoded)["iterations"] != self.iterations)


class _DigestHasher(BasePasswordHasher):
    """The common form of the hashers below: algorithm, salt and digest between dollar signs."""

    digest = "sha1"

    def encode(self, password: str, salt: str) -> str:
        """Return `algorithm$salt$hex digest of salt and password`."""
        hashed = hashlib.new(self.digest, (salt + password).encode(), usedforsecurity=False)
        return f"{self.algorithm}${salt}${hashed.hexdigest()}"

    def decode(self, encoded: str) -> dict[str, Any]:
        """Split `encoded` into algorithm, salt and hash."""
        algorithm, salt, hashed = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": hashed}

    def verify(self, password: str, encoded: str) -> bool:
        """Say whether `password` gives `encoded`."""
        salt = self.decode(encoded)["salt"]
        return constant_time_compare(encoded, self.encode(password, salt))

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Do nothing: a digest is too fast to be worth imitating."""

    def safe_summary(self, encoded: str) -> dict[str | StrPromise, Any]:
        """Show the admin which algorithm it is and nothing of the hash."""
        return {"algorithm": self.decode(encoded)["algorithm"]}


class Sha1Hasher(_DigestHasher):
    """`sha1$salt$digest`, Django's default until 1.4."""

    algorithm = "sha1"


class UnsaltedSha1Hasher(_DigestHasher):
    """`sha1$$digest`, from passwords imported without a salt."""

    algorithm = "unsalted_sha1"

    def encode(self, password: str, salt: str) -> str:
        """Return `sha1$$digest`; Django tells the algorithm by that form."""
        hashed = hashlib.sha1((salt + password).encode(), usedforsecurity=False)
        return f"sha1$${hashed.hexdigest()}"

    def salt(self) -> str:
        """Return no salt."""
        return ""


class UnsaltedMd5Hasher(_DigestHasher):
    """`md5$$digest` or 32 bare digits, from passwords imported without a salt."""

    algorithm = "unsalted_md5"

    def salt(self) -> str:
        """Return no salt."""
        return ""

    def encode(self, password: str, salt: str) -> str:
        """Return the 32 digits alone."""
        return hashlib.md5((salt + password).encode(), usedforsecurity=False).hexdigest()

    def decode(self, encoded: str) -> dict[str, Any]:
        """Take the digits with or without the prefix `md5$$`."""
        return {"algorithm": self.algorithm, "salt": "", "hash": encoded.removeprefix("md5$$")}

    def verify(self, password: str, encoded: str) -> bool:
        """Say whether `password` gives the digits of `encoded`."""
        return constant_time_compare(self.decode(encoded)["hash"], self.encode(password, ""))
