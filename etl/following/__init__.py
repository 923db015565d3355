"""`etl follow`: the log's changes into PostgreSQL, and copies beside it."""
