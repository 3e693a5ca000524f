"""Answers that nobody documents: bytes, JSON of any form, and known keys with odd values."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from segue.flow import Reply

_WORDS = st.sampled_from(
    [
        "",
        "success",
        "SUCCESS",
        "FAILED",
        "FAILURE",
        "running",
        "not_ready",
        "complete",
        "50%",
        "200",
        "nan",
        "https://cdn1.suno.ai/a.mp3",
        "https://audiopipe.suno.ai/?item_id=1",
    ]
)
_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | _WORDS
)
_KEYS = st.sampled_from(
    [
        "code",
        "type",
        "status",
        "error",
        "message",
        "data",
        "task_id",
        "clip_id",
        "songs",
        "state",
        "audio_url",
        "wav_url",
        "song_path",
        "fail_reason",
        "progress",
        "duration",
        "failed_step",
        "steps",
        "text",
        "alignment",
        "results",
        "midi_url",
        "avg_bpm",
        "credits",
        "lyrics",
        "persona_id",
        "vox_audio_id",
        "upsampled_tags",
        "instruments",
        "platform",
        "id",
    ]
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)
_BODIES = st.binary(max_size=40) | (_VALUES | st.dictionaries(_KEYS, _VALUES, max_size=6)).map(
    lambda value: json.dumps(value).encode()
)


def replies() -> st.SearchStrategy[Reply]:
    """Any answer with any status; half of them are successes."""
    return st.builds(
        Reply,
        status=st.sampled_from([200, 202]) | st.integers(100, 599),
        headers=st.just({"content-type": "application/json"}),
        body=_BODIES,
    )
