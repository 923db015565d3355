"""Compares what two systems answered to the same request: typed, by declared rules, redacted.

Pure: bytes and values in, differences out. Who asked, when and how often is the shadow's.
"""
