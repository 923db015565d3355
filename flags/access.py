"""Reads or writes: the one distinction between requests that a rollout makes."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["SAFE_METHODS", "Access"]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""RFC 9110 section 9.2.1; a route may say otherwise, as some of legacy's GETs write."""


class Access(StrEnum):
    """What a request does to the tables of its capability."""

    READS = "reads"
    WRITES = "writes"
