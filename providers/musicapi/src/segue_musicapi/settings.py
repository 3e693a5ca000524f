"""`[providers.musicapi]`: your own prices, and the webhook of every job."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path

from segue.errors import ConfigError
from segue.flow import Flow, work
from segue.provider import Options
from segue_musicapi.family import Order


class Settings(Options, frozen=True, kw_only=True):
    """`prices` are in credits by operation, over those of `prices.toml`.

    `webhook_url` is called when a job ends, where its request takes a webhook; the secret that
    MusicAPI signs with is the text of `webhook_secret_file`. It is read for each submission,
    and is in no journal: unlike one in a task's `extra`.
    """

    prices: Mapping[str, Decimal] = {}
    webhook_url: str | None = None
    webhook_secret_file: str | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for an invalid price, or half a webhook."""
        for operation, price in self.prices.items():
            if not price.is_finite() or price < 0:
                raise ValueError(f"the price of {operation!r} is not an amount of credits: {price}")
        if (self.webhook_url is None) != (self.webhook_secret_file is None):
            raise ValueError(
                "webhook_url and webhook_secret_file go together:"
                " a webhook that is not signed with your secret cannot be verified"
            )
        if self.webhook_url is not None and not self.webhook_url.startswith("https://"):
            raise ValueError("webhook_url must begin with https://")
        if (
            self.webhook_secret_file is not None
            and not _path(self.webhook_secret_file).is_absolute()
        ):
            raise ValueError("webhook_secret_file must be an absolute path, or begin with ~/")


def webhook(settings: Settings, order: Order) -> Flow[dict[str, object]]:
    """The fields for the configured webhook; none if the request takes none, or the task names
    its own."""
    url, file = settings.webhook_url, settings.webhook_secret_file
    if url is None or file is None or not order.webhook or "webhook_url" in order.body:
        return {}
    secret = yield from work(partial(_read, _path(file)))
    return {"webhook_url": url, "webhook_secret": secret}


def _path(file: str) -> Path:
    return Path(file).expanduser()


def _read(path: Path) -> str:
    try:
        secret = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ConfigError(f"webhook_secret_file {path} cannot be read: {reason}") from error
    if not secret:
        raise ConfigError(f"webhook_secret_file {path} is empty")
    return secret
