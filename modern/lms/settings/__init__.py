"""Settings of the LMS: base plus development, production or test."""
