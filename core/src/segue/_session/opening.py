"""Open the session of a client from its arguments."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from os import PathLike
from pathlib import Path

from segue._config.settings import expanded
from segue._session.backends import Backends
from segue._session.options import chosen_owner
from segue._session.session import Session
from segue.config import Config
from segue.errors import ConfigError
from segue.journal import Journal, Owner
from segue.money import Money


class Usual(enum.Enum):
    """Stands for the configured value, where None has a meaning of its own."""

    JOURNAL = "the journal of the configuration"


def opened(
    backend: Backends,
    *,
    config: Config | str | Path | None,
    journal: Journal | str | Path | Usual | None,
    timeout: float | None,
    patience: float | None,
    max_cost: Money | str | None,
    plugins: Iterable[object],
    owner: Owner | str | None,
) -> Session:
    """Return the session of a client; it closes a journal that is opened here."""
    if not isinstance(config, Config | str | PathLike | None):
        raise ConfigError(f"config = {config!r} is not allowed", advice="name a file, or a Config")
    config = config if isinstance(config, Config) else Config.load(config)
    if journal is Usual.JOURNAL:
        journal = config.journal()
    elif isinstance(journal, str):
        journal = None if journal == "off" else expanded(journal)
    if journal is not None and not hasattr(journal, "unclaim") and not isinstance(journal, Path):
        raise ConfigError(f"journal = {journal!r} is not allowed", advice="name a file, or None")
    ours = isinstance(journal, Path)
    return Session(
        backend,
        config=config,
        journal=_file(journal) if isinstance(journal, Path) else journal,
        closes_journal=ours,
        timeout=timeout,
        patience=patience,
        max_cost=max_cost,
        plugins=plugins,
        owner=chosen_owner(owner),
    )


def _file(path: Path) -> Journal:
    from segue._journal.sqlite import SqliteJournal  # noqa: PLC0415 - imported on use

    return SqliteJournal(path)
