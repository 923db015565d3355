"""Which courses there are and who sees them."""
