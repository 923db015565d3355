"""The sandbox of the legacy database: its 292 tables, the recorded rows, and more of the same kind.

It makes and fills databases of its own and refuses any other; it knows nothing of the service
that answers from them.
"""

from tests.legacy_lms.database.errors import SandboxError
from tests.legacy_lms.database.loader import is_loaded, load, reset

__all__ = ["SandboxError", "is_loaded", "load", "reset"]
