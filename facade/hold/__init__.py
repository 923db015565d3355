"""Writes of a capability wait while it is being switched."""
