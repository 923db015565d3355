"""Rows from the legacy MySQL into PostgreSQL, and back; knows neither Django nor modern."""
