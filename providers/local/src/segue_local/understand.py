"""Reads a brief and decides: options first, then words, then moods, then the genre's own habits."""

from __future__ import annotations

from segue_local.again import continuation, cover
from segue_local.brief import Brief
from segue_local.plan import Plan
from segue_local.reading import FASTEST, LONGEST, SHORTEST, SLOWEST, Reading

__all__ = ["FASTEST", "LONGEST", "SHORTEST", "SLOWEST", "understand"]


def understand(brief: Brief) -> Plan:
    """Turn a brief into a plan. Any prompt is accepted.

    What cannot be honoured is listed in the plan's `ignored`. Raises `ValueError` for an option
    out of range: `duration`, `bpm`, `key`, `metre` or `at`.
    """
    if brief.continues is not None:
        return continuation(Reading(brief), understand(brief.continues))
    if brief.covers is not None:
        return cover(Reading(brief), understand(brief.covers))
    return Reading(brief).plan()
