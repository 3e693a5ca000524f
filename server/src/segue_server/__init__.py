"""`segue serve`: an HTTP API in front of every backend, on one machine.

It speaks the `/v1/music/generations` protocol of the marketplace for all of them. The jobs are
those of Segue's journal, the files are in a folder; nothing else holds the state of a job.

    command.py, command_keys.py   the command line
    serving.py, app.py            the process, and its routes
    guard.py, access.py           who may come in: hosts, origins, sizes; keys and tokens
    gateway.py                    what stands behind the routes
    music.py, events.py, media.py what the routes do
      artifacts.py, catalogue.py
    listing.py, idempotency.py,
      models.py, aliases.py
    bodies.py, envelope.py,       what comes in and goes out
      errors.py, openapi.py
    jobs.py                       the jobs that this process works on
    store.py, tokens.py           the server's own file; what is derived from its secret
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segue_server.app import application
    from segue_server.gateway import Gateway
    from segue_server.settings import ServerSettings

__all__ = ["Gateway", "ServerSettings", "application"]

_HOMES = {"Gateway": "gateway", "ServerSettings": "settings", "application": "app"}


def __getattr__(name: str) -> object:
    """Import a name when it is wanted: the command line lists `serve` without the server."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"segue_server.{_HOMES[name]}"), name)
