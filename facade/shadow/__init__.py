"""Modern is asked what legacy answered, after the learner has the answer."""
