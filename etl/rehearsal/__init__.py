"""The whole migration on a generated database, with evidence; knows the ETL by its commands."""
