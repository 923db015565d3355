"""Which parts the learners of a course are divided into, and who is in which."""
