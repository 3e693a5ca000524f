"""What was agreed when a job was submitted: its price, and what was left out of its task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from segue.money import Money

if TYPE_CHECKING:
    from segue.journal import Entry


class Deal(msgspec.Struct, kw_only=True):
    """Filled in by `lifecycle.submit`, one for each order.

    `quoted` is what the job may cost at most, as far as the vendor said so beforehand. `dropped`
    are the fields that the backend could not honour, `notes` what was announced about the files,
    each as a sentence. `task` is the task as it was submitted, as plain JSON.
    """

    quoted: Money | None = None
    dropped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    task: Mapping[str, object] = {}

    @classmethod
    def of(cls, entry: Entry) -> Deal:
        """The same of a job that another process submitted."""
        return cls(quoted=entry.quoted, dropped=entry.dropped, task=entry.task)

    @property
    def words(self) -> str:
        """The title of the task or, without one, its prompt; empty if it has neither."""
        found = (self.task.get(field) for field in ("title", "prompt"))
        return next((words for words in found if isinstance(words, str) and words.strip()), "")
