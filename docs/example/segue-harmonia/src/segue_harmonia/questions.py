"""The queries that only Harmonia has."""

from __future__ import annotations

from segue.tasks import Query


class Lyrics(Query[str], frozen=True, kw_only=True, tag="harmonia-lyrics"):
    """Words to sing about something, as text. Harmonia writes them for nothing."""

    about: str
