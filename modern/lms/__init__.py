"""The LMS service: what learners, their phones and course staff ask for."""
