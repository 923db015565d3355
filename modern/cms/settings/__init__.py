"""Settings of Studio: base plus development, production or test."""
