"""MySQL 5.6.24, the server of 2016, as npm brings it; see server.py."""
