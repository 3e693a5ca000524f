"""The options of a call over those of its client, over those of the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from segue._effects.held_response import Handover
from segue._engine.agreement import Deal
from segue._engine.lease import Fence
from segue._engine.spend_limits import SpendLimits
from segue._engine.wait import Watching
from segue._files.destination import Destination
from segue._session.options import CallOptions
from segue.config import Config
from segue.errors import ConfigError
from segue.money import Money


class Defaults:
    """The defaults of a call's options. `journaled` says whether jobs are recorded, which a budget
    per day needs."""

    def __init__(
        self,
        config: Config,
        *,
        timeout: float | None,
        patience: float | None,
        max_cost: Money | str | None,
        journaled: bool,
    ) -> None:
        CallOptions(timeout=timeout, patience=patience, max_cost=max_cost)  # refused now, not later
        self._config = config
        self._timeout = timeout
        self._patience = patience
        self._max_cost = max_cost
        self._journaled = journaled

    def saving(self, place: Destination, options: CallOptions) -> Destination:
        """The destination with the options of saving."""
        tags = self._config.tags if options.tags is None else options.tags
        return msgspec.structs.replace(place, tags=tags, keep_original=options.keep_original)

    def to(self, to: str | Path | None) -> str | Path:
        """The destination of files."""
        return to if to is not None else self._config.settings.folder

    def limits(self, options: CallOptions) -> SpendLimits:
        """The spending limits of a job."""
        settings = self._config.settings
        most = options.max_cost or self._max_cost or settings.max_cost
        per_day = settings.budget.per_day
        if (per_day or options.budgets) and not self._journaled:
            raise ConfigError(
                "a budget is counted in the journal, and this client has none",
                advice="leave out journal=None, or [budget] per_day and budgets",
            )
        return SpendLimits(
            max_cost=_money(most) if isinstance(most, str) else most,
            per_day=_money(per_day) if per_day else None,
            within=tuple(options.budgets or ()),
        )

    def seconds(self, options: CallOptions) -> float:
        """The timeout of a wait in seconds."""
        chosen = (options.timeout, self._timeout, self._config.settings.timeout)
        return next(seconds for seconds in chosen if seconds is not None)

    def watching(
        self,
        options: CallOptions,
        fence: Fence | None,
        deal: Deal | None = None,
        handover: Handover | None = None,
    ) -> Watching:
        """The options of a wait."""
        callbacks: dict[str, Any] = {}
        if options.on_update:
            callbacks["on_update"] = options.on_update
        if options.on_progress:
            callbacks["on_progress"] = options.on_progress
        borne = (options.patience, self._patience, self._config.settings.patience)
        callbacks["patience"] = next(seconds for seconds in borne if seconds is not None)
        timeout = self.seconds(options)
        return Watching(timeout=timeout, deal=deal, fence=fence, handover=handover, **callbacks)


def _money(text: str) -> Money:
    try:
        return Money.parse(text)
    except ValueError as error:
        raise ConfigError(f"max_cost: {error}") from error
