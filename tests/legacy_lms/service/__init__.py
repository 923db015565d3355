"""The stand-in's service: it answers the recorded contracts from the legacy tables.

Everything it says is worked out from the rows; no answer is copied from the recording, which is
what holds it honest. It serves tests and the development stack, never a learner.
"""
