"""MySQL 5.6.24, the server of 2016, and 5.7.29, as npm brings them; see server.py."""
