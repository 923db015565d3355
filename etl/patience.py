"""How long the ETL waits for whom, before a connection that has fallen silent counts as dead.

One that is cut says so; one that a firewall forgot, or whose peer lost its power, does not.
"""

from typing import Final

CONNECT_SECONDS: Final = 5
# A chunk of a large table on a busy server takes seconds, not minutes.
READ_SECONDS: Final = 300
# Writes are small, and wait for rows for a few seconds.
WRITE_SECONDS: Final = 60
# Legacy gives the rows up that a worker locked which is no longer heard of.
ABANDONED_SECONDS: Final = 60
ALIVE_SECONDS: Final = 15.0
HEARTBEAT_SECONDS: Final = 1.0
# Many times what a healthy link needs between two heartbeats, with room for a busy server.
SILENCE_SECONDS: Final = 30.0
# An index takes PostgreSQL hours: after this time it is asked whether it is still at work.
ANSWER_SECONDS: Final = 30.0
