"""What would go wrong with a legacy database, found out before anything is installed on it.

Reads and never writes: the session itself is read only. PostgreSQL need not exist. Decisions are
pure functions from rows to findings; the statements stand beside them, `asking` and `passes` run
them. A value of a row never leaves the examiners: findings hold counts and keys.
"""
