"""`[providers.musicapi]`: prices of one's own, and the webhook that every job is to call."""

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
        """What is no price, or half a webhook, is an error of the configuration."""
        for operation, told in self.prices.items():
            if not told.is_finite() or told < 0:
                raise ValueError(f"the price of {operation!r} is no number of credits: {told}")
        if (self.webhook_url is None) != (self.webhook_secret_file is None):
            raise ValueError(
                "webhook_url and webhook_secret_file go together:"
                " a webhook that is not signed with your secret cannot be verified"
            )
        if self.webhook_url is not None and not self.webhook_url.startswith("https://"):
            raise ValueError("webhook_url has to begin with https://")
        if (
            self.webhook_secret_file is not None
            and not _path(self.webhook_secret_file).is_absolute()
        ):
            raise ValueError("webhook_secret_file has to be a whole path, or begin with ~/")


def webhook(settings: Settings, order: Order) -> Flow[dict[str, object]]:
    """The fields that ask for the configured webhook; none where the request takes none, or
    where the task names one of its own."""
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
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ConfigError(f"webhook_secret_file {path} cannot be read: {reason}") from error
    if not secret:
        raise ConfigError(f"webhook_secret_file {path} is empty")
    return secret
