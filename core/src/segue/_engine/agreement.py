"""The terms of a submission: its price, and the dropped fields of its task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from segue.money import Money

if TYPE_CHECKING:
    from segue.journal import Entry


class Deal(msgspec.Struct, kw_only=True):
    """The terms of one order, filled in by `lifecycle.submit`.

    `quoted` is the vendor's ceiling from before the submission, if known. `dropped` are the fields
    that the backend could not honour, `notes` the announcements about the files, each as a
    sentence. `task` is the submitted task as plain JSON.
    """

    quoted: Money | None = None
    dropped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    task: Mapping[str, object] = {}

    @classmethod
    def of(cls, entry: Entry) -> Deal:
        """The terms of a job that another process submitted."""
        return cls(quoted=entry.quoted, dropped=entry.dropped, task=entry.task)

    @property
    def words(self) -> str:
        """The title of the task or, without one, its prompt; empty if it has neither."""
        found = (self.task.get(field) for field in ("title", "prompt"))
        return next((words for words in found if isinstance(words, str) and words.strip()), "")
