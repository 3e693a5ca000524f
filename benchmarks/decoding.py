"""Replies to models: `Reply.json` and a whole `Snapshot` beside the peers' own models."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from types import MappingProxyType

from benchmarks.tables import Table, is_here, ratios, spread

POLL = {"status": "PROCESSING", "average_execution_time": 31000.0, "execution_duration": 12345.0}
SONG = {
    "clip_id": "c1", "state": "succeeded", "title": "Song", "tags": "synthwave",
    "lyrics": "la " * 300,
    "image_url": "https://cdn.example/c1.png", "audio_url": "https://cdn.example/c1.mp3",
    "created_at": "2026-01-01T00:00:00.000Z", "mv": "sonic-v5", "duration": 183.2,
}  # fmt: skip
SONGS = {"code": 200, "data": [SONG, {**SONG, "clip_id": "c2"}], "message": "success"}
_PEERS = MappingProxyType({"venice-py": "venice_ai", "musicapi-sdk": "musicapi"})


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--replies", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=7)


def measure(chosen: argparse.Namespace) -> list[Table]:
    """A table for a poll of Venice and one for two songs of MusicAPI."""
    poll, songs = json.dumps(POLL).encode(), json.dumps(SONGS).encode()
    skipped = {
        name: "not installed (group `bench`)"
        for name, module in _PEERS.items()
        if not is_here(module)
    }
    venice = {"segue: Snapshot": _venice(poll), "json.loads": lambda: json.loads(poll)}
    music = {"segue: Snapshot": _music(songs), "json.loads": lambda: json.loads(songs)}
    if "venice-py" not in skipped:
        venice["venice-py"] = _venice_py(poll)
    if "musicapi-sdk" not in skipped:
        music["musicapi-sdk"] = _sdk(songs)
    return [
        _table("a poll of Venice", venice, "venice-py", chosen, skipped),
        _table("two songs of MusicAPI", music, "musicapi-sdk", chosen, skipped),
    ]


def _table(
    title: str,
    makers: dict[str, Callable[[], object]],
    peer: str,
    chosen: argparse.Namespace,
    skipped: dict[str, str],
) -> Table:
    timed: dict[str, list[float]] = {name: [] for name in makers}
    for _ in range(chosen.runs):
        for name, make in makers.items():
            timed[name].append(_microseconds(make, chosen.replies))
    over = ratios(timed, peer)
    rows = [
        {"": name, f"/ {peer}": over[name], "CPU µs a reply": spread(values, 2)}
        for name, values in timed.items()
    ]
    left_out = {name: why for name, why in skipped.items() if name == peer}
    return Table(title=f"decoding, {title}", rows=rows, skipped=left_out)


def _microseconds(make: Callable[[], object], count: int) -> float:
    began = time.process_time()
    for _ in range(count):
        make()
    return (time.process_time() - began) / count * 1e6


def _venice(body: bytes) -> Callable[[], object]:
    from segue.flow import Reply  # noqa: PLC0415 - here all are imported as they are needed
    from segue_venice.outcomes import outcome  # noqa: PLC0415 - as above

    head = {"content-type": "application/json"}
    return lambda: outcome(Reply(status=200, headers=head, body=body))


def _music(body: bytes) -> Callable[[], object]:
    from segue.flow import Reply  # noqa: PLC0415 - as above
    from segue_musicapi.sonic_results import seen  # noqa: PLC0415 - as above

    head = {"content-type": "application/json"}
    return lambda: seen("sonic/create", Reply(status=200, headers=head, body=body))


def _venice_py(body: bytes) -> Callable[[], object]:
    """What `Music.retrieve` does with the body of a poll: JSON, then its model."""
    from venice_ai.types.api.music import MusicProcessingStatus  # noqa: PLC0415 - may be missing

    return lambda: MusicProcessingStatus.model_validate(json.loads(body))


def _sdk(body: bytes) -> Callable[[], object]:
    """What `sonic.get_task` does with the body: JSON, then its dataclasses."""
    from musicapi.resources.sonic import _to_sonic_task_result  # noqa: PLC0415 - as above

    return lambda: _to_sonic_task_result(json.loads(body))
