"""Vendors' status words, read as a `Status`. Pure.

A provider reads its vendor's word by `status_of(word, own=WORDS)`, where `WORDS` has the documented
ones. That table comes first, for words with another meaning at that vendor. Words are compared
without case, and `-`, `_` and a space are the same. A word in neither table is `Status.UNKNOWN`, on
which polling continues.
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
"""The usual words, as `plain` writes them, and their statuses."""


def status_of(word: object, own: Mapping[str, Status] | None = None) -> Status:
    """The status of a vendor's word, by `own` first and then by `USUAL`; UNKNOWN for a word in
    neither, and for a value that is no text."""
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
    """Normalize a word for comparison: `In-Progress` and `IN PROGRESS` are `in_progress`."""
    return "_".join(word.replace("-", " ").replace("_", " ").lower().split())


def said(value: object) -> str | None:
    """A value of a vendor's JSON, if it is a text that is not blank; None for all else. Lone
    surrogates, which our JSON cannot hold, become `?`."""
    if not isinstance(value, str):
        return None
    return value.encode("utf-8", "replace").decode().strip() or None
