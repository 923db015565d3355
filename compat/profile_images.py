"""Where the pictures of profiles are: their addresses only, the files stay where legacy put them.

A user without a picture has the platform's; one with a picture has a name that cannot be guessed.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime

from django.conf import settings

__all__ = ["Absolute", "profile_image"]

SIZES = {"full": 500, "large": 120, "medium": 50, "small": 30}
DEFAULT_URL = "/static/images/profiles/default"
UPLOADED_URL = "/media/profile-images/"

Absolute = Callable[[str], str]
"""Makes an absolute URL of a path."""


def profile_image(
    username: str, uploaded_at: datetime | None, *, absolute: Absolute
) -> dict[str, bool | str]:
    """Return whether the user has a picture and the URL of each size, in pixels of its side."""
    urls = {
        f"image_url_{name}": absolute(_path(username, uploaded_at, side))
        for name, side in SIZES.items()
    }
    return {"has_image": uploaded_at is not None, **urls}


def _path(username: str, uploaded_at: datetime | None, side: int) -> str:
    if uploaded_at is None:
        return f"{DEFAULT_URL}_{side}.png"
    key = settings.PROFILE_IMAGE_SECRET_KEY
    name = hashlib.md5(f"{key}{username}".encode(), usedforsecurity=False).hexdigest()
    return f"{UPLOADED_URL}{name}_{side}.jpg?v={int(uploaded_at.timestamp())}"
