"""The binlog of the legacy server: its connection, its events, its rows."""
