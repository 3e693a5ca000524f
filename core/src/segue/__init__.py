"""Segue: one Python framework for every music-generation backend.

    import segue

    result = segue.generate_and_wait("uplifting lofi, 90 bpm", to="out/")
    print(result.tracks[0].path)

Names are imported on first use, so that `import segue` is fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segue._version import __version__
    from segue.client import AsyncClient, Client, generate_and_wait
    from segue.config import Config
    from segue.errors import SegueError
    from segue.handles import AsyncJob, Job
    from segue.job import Delivery, Snapshot, Status, Ticket, Track
    from segue.money import Money, Quote
    from segue.provider import Model
    from segue.speech import CloneVoice, Speak, Transcribe, Voices
    from segue.tasks import Cover, Extend, Generate, Query, Replace, Source, Stems, Task, Upload

__all__ = [
    "AsyncClient",
    "AsyncJob",
    "Client",
    "CloneVoice",
    "Config",
    "Cover",
    "Delivery",
    "Extend",
    "Generate",
    "Job",
    "Model",
    "Money",
    "Query",
    "Quote",
    "Replace",
    "SegueError",
    "Snapshot",
    "Source",
    "Speak",
    "Status",
    "Stems",
    "Task",
    "Ticket",
    "Track",
    "Transcribe",
    "Upload",
    "Voices",
    "__version__",
    "generate_and_wait",
]

_HOMES = {
    "_version": ["__version__"],
    "client": ["AsyncClient", "Client", "generate_and_wait"],
    "config": ["Config"],
    "errors": ["SegueError"],
    "handles": ["AsyncJob", "Job"],
    "job": ["Delivery", "Snapshot", "Status", "Ticket", "Track"],
    "money": ["Money", "Quote"],
    "provider": ["Model"],
    "speech": ["CloneVoice", "Speak", "Transcribe", "Voices"],
    "tasks": [
        "Cover",
        "Extend",
        "Generate",
        "Query",
        "Replace",
        "Source",
        "Stems",
        "Task",
        "Upload",
    ],
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'segue' has no attribute {name!r}")
    value: object = getattr(import_module(f"segue.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
