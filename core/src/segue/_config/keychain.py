"""Keys in the computer's own keyring, by the library keyring: an extra, `segue-core[keys]`.

Where the library or a keyring is missing, there is simply no key in it. What cannot be read for
another reason (a keyring that is locked) is logged, and the key is looked for elsewhere.
"""

from __future__ import annotations

import logging
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from segue.errors import ConfigError

SERVICE = "segue"
"""The service name of entries in the keyring; their user name is the provider's."""

_INSTALL = "pip install 'segue-core[keys]'"
_OTHERWISE = "set the provider's variable in the environment, or key_file in segue.toml"

_log = logging.getLogger("segue")


def stored(provider: str) -> str | None:
    """The provider's key in the keyring; None where there is none."""
    if find_spec("keyring") is None:
        return None
    keyring = _library()
    try:
        key: str | None = keyring.get_password(SERVICE, provider)
    except keyring.errors.NoKeyringError:
        return None
    except Exception as error:  # backends raise what they like; its words may be secret
        _log.warning("the keyring could not be read: %s", type(error).__name__)
        return None
    return key or None


def store(provider: str, key: str) -> None:
    """Put the key into the keyring; raise `ConfigError` when it cannot be held there."""
    keyring = _needed()
    try:
        keyring.set_password(SERVICE, provider, key)
        held = keyring.get_password(SERVICE, provider) == key
    except Exception as error:
        raise _refused(keyring, error) from None  # the original may hold the key
    if not held:
        raise ConfigError("the keyring did not hold the key", advice=_OTHERWISE)


def remove(provider: str) -> None:
    """Take the key out of the keyring; raise `ConfigError` when there is none."""
    keyring = _needed()
    try:
        keyring.delete_password(SERVICE, provider)
    except keyring.errors.PasswordDeleteError:
        raise ConfigError(f"the keyring has no key of {provider}") from None
    except Exception as error:
        raise _refused(keyring, error) from None


def _needed() -> Any:  # noqa: ANN401 - a module of an extra
    if find_spec("keyring") is None:
        raise ConfigError(
            "keys are held in the computer's keyring, and the library keyring is not installed",
            advice=f"{_INSTALL}; or {_OTHERWISE}",
        )
    return _library()


def _library() -> Any:  # noqa: ANN401 - a module of an extra
    import_module("keyring.errors")
    return import_module("keyring")


def _refused(keyring: Any, error: Exception) -> ConfigError:  # noqa: ANN401 - as above
    if isinstance(error, keyring.errors.NoKeyringError):
        return ConfigError("this computer has no keyring that can be used", advice=_OTHERWISE)
    message = f"the keyring cannot be used: {type(error).__name__}"
    return ConfigError(message, advice=f"unlock it, or {_OTHERWISE}")
