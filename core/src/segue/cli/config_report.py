"""The effective configuration as rows for people: each value and its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from segue._config.files import quoted
from segue._config.settings import Http, dotted
from segue._data.redaction import hidden_query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segue.config import Config
    from segue.provider import Provider


_TOP = ("timeout", "patience", "to", "unsupported", "max_cost", "release", "tags")


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One effective value, as shown to people, and its source."""

    name: str
    value: str
    where: str


def settings_in_force(
    config: Config,
    providers: Mapping[str, type[Provider]],
    *,
    backend: str | Sequence[str] | None = None,
) -> list[Setting]:
    """Every value, secrets masked; raises `ConfigError` for an invalid value of a provider."""
    names, where = config.chosen(backend)
    rows = [Setting(name="backend", value=", ".join(names), where=where)]
    rows += [_row(config, config.settings, key) for key in _TOP]
    rows += [_row(config, config.settings.budget, "budget", "per_day"), _journal(config)]
    rows += [_row(config, config.settings.http, "http", key) for key in Http.__struct_fields__]
    for name, provider in sorted(providers.items()):
        rows += _provider_rows(config, name, provider)
    rows += [_absent(config, name) for name in sorted(config.settings.providers.keys() - providers)]
    return rows


def held_back(config: Config) -> list[Setting]:
    """The values of untrusted files that are ignored, and why."""
    return [
        Setting(
            name=held.name,
            value=f"held back: {held.value}",
            where=f"{path}: not trusted, and {held.why}; `segue trust {quoted(path)}`",
        )
        for path, held in config.held
    ]


def _provider_rows(config: Config, name: str, provider: type[Provider]) -> list[Setting]:
    at = ("providers", name)
    rows = []
    url, where = config.base_url(provider, name)
    if url:
        rows.append(Setting(name=dotted(*at, "base_url"), value=url, where=where))
    secret = config.secret(provider, name)
    if secret is not None:
        source = secret.source or "key_env"
        own = source in (secret.variable, "keyring")
        where = source if own else config.where(*at, source)
        rows.append(Setting(name=dotted(*at, "key"), value=secret.shown(), where=where))
    options = config.options(provider, name)
    for field in msgspec.structs.fields(provider.options):
        value = getattr(options, field.name)
        path = (*at, field.encode_name)
        rows.append(Setting(name=dotted(*path), value=_shown(value), where=config.where(*path)))
    return rows


def _row(config: Config, values: object, *path: str) -> Setting:
    value = getattr(values, path[-1])
    shown = hidden_query(value) if path[-1] == "proxy" and value else _shown(value)
    return Setting(name=dotted(*path), value=shown, where=config.where(*path))


def _journal(config: Config) -> Setting:
    path = config.journal()
    where = "SEGUE_JOURNAL" if config.environ.get("SEGUE_JOURNAL", "").strip() else ""
    return Setting(
        name="journal",
        value="off" if path is None else str(path),
        where=where or config.where("journal"),
    )


def _absent(config: Config, name: str) -> Setting:
    path = ("providers", name)
    return Setting(name=dotted(*path), value="not installed", where=config.where(*path))


def _shown(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else repr(value)
