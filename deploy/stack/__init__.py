"""Private PostgreSQL, MariaDB and Redis of this checkout, and the processes of the project on top.

`up()` is the door for tests and scripts; `python -m deploy.stack` is the one for people. Nothing
here is for production: the servers trade durability for speed.
"""

from deploy.stack.errors import StackError
from deploy.stack.lifecycle import Servers, down, environment, up

__all__ = ["Servers", "StackError", "down", "environment", "up"]
