"""The schema of `segue.toml`: its keys, their types and defaults, and its validation.

A new top-level key is a new field of `Settings`, whose `description` says what is allowed. All
values are checked as they are: nothing is guessed or converted from a string.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args

import msgspec
from msgspec import Meta

from segue._data.redaction import MASK, hidden_query
from segue._data.suggestions import suggestion
from segue.errors import ConfigError

S = TypeVar("S", bound=msgspec.Struct)

_YEAR = 31_536_000
_SECRETS = frozenset({"key", "api_key", "apikey", "secret", "token", "password"})

Text = Annotated[str, Meta(min_length=1)]
Seconds = Annotated[
    float, Meta(gt=0, le=_YEAR, description="a number of seconds, above 0 and at most a year")
]


class Http(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[http]`: how requests are made.

    `timeout` is for one answer and `connect_timeout` for one connection, both in seconds.
    `proxy` is a URL; without it, `HTTPS_PROXY` and its kin in the environment count.
    `max_download_mb` is the largest file that is saved, in millions of bytes. `transport` is
    what an `AsyncClient` sends its requests through under asyncio; all else goes through httpx.
    """

    timeout: Seconds = 60.0
    connect_timeout: Seconds = 10.0
    proxy: Annotated[
        Annotated[str, Meta(pattern=r"^(https?|socks5h?)://\S+\Z")] | None,
        Meta(description="a URL such as 'http://proxy.example:3128'"),
    ] = None
    max_download_mb: Annotated[
        int, Meta(gt=0, le=10**9, description="a whole number of megabytes, above 0")
    ] = 2048
    transport: Annotated[Literal["httpx", "aiohttp"], Meta(description="'httpx' or 'aiohttp'")] = (
        "httpx"
    )


class Access(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of `[providers.NAME]` that every provider has: its address, and where its API
    key comes from (one of the three). The others are the provider's own `Options`."""

    base_url: Annotated[Text | None, Meta(description="an http(s) URL")] = None
    key_env: Annotated[
        Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*\Z")] | None,
        Meta(description="the name of an environment variable, not the key itself"),
    ] = None
    key_file: Annotated[Text | None, Meta(description="the path of a file")] = None
    key_command: Annotated[Text | None, Meta(description="a command line")] = None


KEY_SOURCES = frozenset({"key_env", "key_file", "key_command"})


_Amount = Annotated[str, Meta(pattern=r"^\s*(\d+(\.\d+)?|\.\d+)\s*[A-Za-z]+\s*\Z")]


class BudgetSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[budget]`: `per_day` is what all jobs of a day (UTC) may cost together."""

    per_day: Annotated[
        _Amount | None, Meta(description="an amount such as '5 USD' or '100 credits'")
    ] = None


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The top level of a `segue.toml`.

    `timeout` is the seconds that a wait may take; `patience` is how many of them polls of the job
    may fail in a row. `to` is the folder of downloads, relative to
    the current one. `unsupported` says what happens to fields that a backend cannot honour.
    `max_cost` is what one job may cost. `journal` is the file in which all jobs are recorded, or
    `off`. `release` deletes the vendor's copy of a job after its files are saved and verified.
    `tags` writes what a piece is into its file.
    """

    backend: Annotated[
        Text | tuple[Text, ...],
        Meta(description="'provider/model', or a list of them to try in order"),
    ] = "local"
    timeout: Seconds = 1800.0
    patience: Seconds = 600.0
    to: Annotated[Text, Meta(description="the path of a folder")] = "."
    unsupported: Annotated[Literal["error", "ignore"], Meta(description="'error' or 'ignore'")] = (
        "error"
    )
    max_cost: Annotated[
        _Amount | None, Meta(description="an amount such as '0.50 USD' or '15 credits'")
    ] = None
    journal: Annotated[Text | None, Meta(description="the path of a file, or 'off'")] = None
    release: Annotated[bool, Meta(description="true or false")] = False
    tags: Annotated[bool, Meta(description="true or false")] = True
    budget: BudgetSettings = BudgetSettings()
    http: Http = Http()
    providers: Annotated[
        Mapping[str, Mapping[str, object]],
        Meta(description="tables such as [providers.venice]"),
    ] = {}

    @property
    def folder(self) -> Path:
        """`to` as a path, with `~` for the home folder."""
        return expanded(self.to)


def validated_settings(document: Mapping[str, object], *, file: str) -> Settings:
    """A whole document as `Settings`; `ConfigError` names `file`, key, value and remedy."""
    check(document, Settings, file=file)
    settings = converted(document, Settings, file=file)
    for name, table in settings.providers.items():
        access_of(table, file=file, at=("providers", name))
    return settings


def access_of(table: Mapping[str, object], *, file: str, at: tuple[str, ...]) -> Access:
    """Core's part of one provider's table, whose other keys are left for the provider."""
    own = {key: value for key, value in table.items() if key in Access.__struct_fields__}
    check(own, Access, file=file, at=at)
    if len(named := sorted(KEY_SOURCES & own.keys())) > 1:
        raise ConfigError(
            f"{file}: {dotted(*at)} sets {' and '.join(named)}", advice="keep one of them"
        )
    return converted(own, Access, file=file, at=at)


def check(
    table: object,
    shape: type[msgspec.Struct],
    *,
    file: str,
    at: tuple[str, ...] = (),
    also: Iterable[str] = (),
) -> None:
    """Raise `ConfigError` for the first key that `shape` lacks, or whose value it refuses.

    `at` is the path of the table in the file; `also` are further keys to suggest.
    """
    if not isinstance(table, Mapping):
        raise ConfigError(f"{file}: {dotted(*at)} must be a table: [{dotted(*at)}]")
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(shape)}
    for key, value in table.items():
        if key not in fields:
            raise _unknown(key, {*fields, *also}, file=file, at=at)
        _check_value(value, fields[key], file=file, at=(*at, key))


def converted(
    table: Mapping[str, object], shape: type[S], *, file: str, at: tuple[str, ...] = ()
) -> S:
    """The table as a `shape`, after `check` has found nothing wrong with single keys."""
    try:
        return msgspec.convert(table, shape)
    except msgspec.ValidationError as error:
        where = f" {dotted(*at)}:" if at else ""
        raise ConfigError(f"{file}:{where} {_reason(error)}") from error


def expanded(path: str | Path) -> Path:
    """The path with `~` for the home folder; as it is where there is none."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def dotted(*path: str) -> str:
    """`providers.venice.base_url`, with quotes where TOML wants them."""
    return ".".join(
        key if key and key.replace("_", "").replace("-", "").isalnum() else f'"{key}"'
        for key in path
    )


def _check_value(value: object, kind: object, *, file: str, at: tuple[str, ...]) -> None:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        check(value, kind, file=file, at=at)
        return
    try:
        msgspec.convert(value, kind)
        _refuse_nul(value)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"{file}: {dotted(*at)} = {shown_value(at[-1], value)} is not allowed",
            advice=_described(kind) or _reason(error),
        ) from error


def _refuse_nul(value: object) -> None:
    if isinstance(value, str) and "\0" in value:
        raise msgspec.ValidationError("it holds a NUL")


def _described(kind: object) -> str | None:
    """The values that a field's annotation allows, as advice."""
    notes = (note for note in get_args(kind) if isinstance(note, Meta))
    return next((f"write {note.description}" for note in notes if note.description), None)


def _reason(error: msgspec.ValidationError) -> str:
    from segue._data.describe_type import sentence  # noqa: PLC0415 - only errors need it

    return sentence(error).partition(" - at ")[0]


def shown_value(key: str, value: object) -> str:
    """A value of the file for people: short, in one line, and without what may be a secret."""
    if key == "key_env":
        return MASK  # more often than not, the key itself was written there
    address = isinstance(value, str) and (key in {"base_url", "proxy"} or "://" in value)
    shown = repr(hidden_query(str(value)) if address else value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"


def _unknown(key: str, known: set[str], *, file: str, at: tuple[str, ...]) -> ConfigError:
    if at[:1] == ("providers",) and key.casefold() in _SECRETS:
        advice = "keys do not belong here: name its place with key_env, key_file or key_command"
    else:
        advice = suggestion(key, known)
    return ConfigError(f"{file}: unknown key {dotted(*at, key)}", advice=advice)
