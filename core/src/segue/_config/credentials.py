"""The sources of a provider's API key, which is read when a request needs it."""

from __future__ import annotations

import logging
import os
import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from segue._config.keychain import stored
from segue._config.settings import Access, expanded
from segue._data.redaction import MASK
from segue.errors import AuthenticationFailed, ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from segue.provider import Key

Ask: TypeAlias = Callable[[str, str], str | None]
"""Requests the key of a provider from the plugins, by its name and its variable's name."""

COMMAND_TIMEOUT = 30.0
"""Seconds that a `key_command` may take."""

_log = logging.getLogger("segue")


class Secret:
    """The key of one provider, looked up when called.

    A plugin's answer comes first, then the environment, then the computer's keyring, then the
    file or the command that the configuration names. `folder` is what a relative `key_file` is
    relative to. `untrusted` is a file that says where the key is, and does not count.
    """

    def __init__(
        self,
        provider: str,
        key: Key,
        access: Access,
        *,
        environ: Mapping[str, str],
        folder: Path,
        ask: Ask | None = None,
        untrusted: Path | None = None,
    ) -> None:
        self.provider = provider
        self.variable = access.key_env or key.env
        self._key = key
        self._access = access
        self._environ = environ
        self._folder = folder
        self._ask = ask
        self._untrusted = untrusted

    def __call__(self) -> str | None:
        """The key; None where there is none and none is needed, else what the user must do."""
        found = self._asked() or self._set() or stored(self.provider) or self._configured()
        if found is None and self._key.required:
            raise self._missing()
        return found

    @property
    def source(self) -> str | None:
        """Where the key would come from: the variable's name, `keyring`, `key_file`, `key_command`
        or None. Plugins are not called.
        """
        if self._set():
            return self.variable
        if stored(self.provider):
            return "keyring"
        if self._access.key_file:
            return "key_file"
        return "key_command" if self._access.key_command else None

    def shown(self) -> str:
        """The same for people. The key itself is not shown."""
        source = self.source
        if self._unreadable(source):
            return f"cannot be read ({self._file()})"
        return f"{MASK} (from {source})" if source else f"not set ({self.variable})"

    def mask(self) -> str:
        """The key for display: a mask, or that there is none."""
        source = self.source
        if self._unreadable(source):
            return "cannot be read"
        return MASK if source else "not set"

    def origin(self) -> str:
        """The description of its source; without a key, of the possible ones."""
        match self.source:
            case None:
                return f"set {self.variable}, or `segue keys set {self.provider}`"
            case "key_file":
                return f"key_file {self._file()}"
            case source:
                return source

    def _unreadable(self, source: str | None) -> bool:
        return source == "key_file" and not os.access(self._file(), os.R_OK)

    def _asked(self) -> str | None:
        return self._ask(self.provider, self.variable) if self._ask else None

    def _set(self) -> str | None:
        value = self._environ.get(self.variable, "")
        return value if value.strip() else None

    def _configured(self) -> str | None:
        if self._access.key_file:
            return self._whole(read_file(self._file()), "key_file")
        if self._access.key_command:
            return self._whole(run_command(self._access.key_command), "key_command")
        return None

    def _file(self) -> Path:
        return self._folder / expanded(self._access.key_file or "")

    def _whole(self, key: str, where: str) -> str:
        if key.strip():
            return key
        raise ConfigError(f"the {where} of provider {self.provider} gave an empty key")

    def _missing(self) -> AuthenticationFailed:
        page = f" (get one at {self._key.page})" if self._key.page else ""
        advice = (
            f"set {self.variable} in the environment, or hold it in the keyring with"
            f" `segue keys set {self.provider}`, or name key_file or key_command under"
            f" [providers.{self.provider}] in segue.toml"
        )
        if self._untrusted is not None:
            advice = (
                f"{self._untrusted} says where it is, and does not count before it is trusted:"
                f" read it, then run `segue trust {shlex.quote(str(self._untrusted))}`, or {advice}"
            )
        error = AuthenticationFailed(f"no API key{page}", advice=advice)
        error.provider = self.provider
        return error

    def __repr__(self) -> str:
        return f"Secret({self.provider!r})"


def read_file(path: Path) -> str:
    """The key that a file holds, without the line break at its end."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(f"cannot read key_file {path}: {reason}") from None
    if os.name != "nt" and mode & 0o004:
        _log.warning("every user of this computer can read %s: chmod 600 it", path)
    return text.rstrip("\r\n")


def run_command(line: str) -> str:
    """The key that a command prints, without the line break at its end. No shell is involved."""
    import subprocess  # noqa: PLC0415 - few configurations name a command

    words = split_command(line)
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=COMMAND_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise ConfigError(
            f"key_command {words[0]} did not end within {COMMAND_TIMEOUT:.0f} s"
        ) from None  # the original holds what was printed so far
    except OSError as error:
        raise ConfigError(f"cannot run key_command {words[0]}: {error.strerror}") from error
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split())[:200]
        raise ConfigError(f"key_command {words[0]} failed with {done.returncode}: {said}")
    return done.stdout.decode(errors="replace").rstrip("\r\n")


def split_command(line: str) -> list[str]:
    """The words of a command line; `ConfigError` when there are none or a quote is open."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ConfigError(f"key_command cannot be read: {error}".lower()) from None
    if not words:
        raise ConfigError("key_command names no command")
    return words
