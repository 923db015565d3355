"""`etl backfill`: tables into PostgreSQL, range by range, by one worker or many."""
