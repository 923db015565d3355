"""What the shadow found, kept in PostgreSQL and told to people."""
