"""How vendors say where a job stands: the usual words of the field, read as a `Status`. Pure.

A provider reads its vendor's word by `status_of(word, own=WORDS)`, where `WORDS` has what that
vendor documents. Its own table comes first: where a vendor gives a word another meaning, that
is what it means there. Words are compared without case, and `-`, `_` and a space are the same.
A word that neither table has is `Status.UNKNOWN`, which is waited on.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from segue.job import Status

_BY_STATUS: Mapping[Status, str] = {
    Status.QUEUED: "queued pending waiting submitted created accepted received scheduled enqueued"
    " in_queue not_start not_started",
    Status.RUNNING: "running processing in_progress inprogress working generating rendering started"
    " starting streaming canceling cancelling",
    Status.SUCCEEDED: "succeeded success successful complete completed done finished",
    Status.FAILED: "failed failure fail error errored rejected moderated blocked content_moderated"
    " timeout time_out timed_out",
    Status.CANCELLED: "cancelled canceled aborted stopped",
    Status.EXPIRED: "expired deleted",
}

USUAL: Mapping[str, Status] = MappingProxyType(
    {word: status for status, words in _BY_STATUS.items() for word in words.split()}
)
"""The usual words, as `plain` writes them, and what they mean."""


def status_of(word: object, own: Mapping[str, Status] | None = None) -> Status:
    """The status that a vendor's word stands for, by `own` first and then by `USUAL`; UNKNOWN
    for a word that neither has, and for what is no text."""
    if not isinstance(word, str):
        return Status.UNKNOWN
    if own is None:
        return USUAL.get(plain(word), Status.UNKNOWN)
    if word in own:
        return own[word]
    said = plain(word)
    for known, status in own.items():
        if plain(known) == said:
            return status
    return USUAL.get(said, Status.UNKNOWN)


@lru_cache(maxsize=1024)
def plain(word: str) -> str:
    """The word as it is compared: `In-Progress` and `IN PROGRESS` are `in_progress`."""
    return "_".join(word.replace("-", " ").replace("_", " ").lower().split())


def said(value: object) -> str | None:
    """A value of a vendor's JSON, if it is a text that says something; None for all else. Halves
    of characters, which no JSON of ours could hold, become `?`."""
    if not isinstance(value, str):
        return None
    return value.encode("utf-8", "replace").decode().strip() or None
