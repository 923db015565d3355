"""Tests of the row generator: what rows are, and that they arrive."""
