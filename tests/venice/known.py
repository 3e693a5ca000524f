"""What is known of Venice's models of type `music`, as rows of its catalogue; and a hand-fed
driver. Prices are of 2026-08-22; capabilities are what Venice's documents state of each."""

from __future__ import annotations

import json
from typing import Any

from by_hand import as_json as as_json
from by_hand import ended as ended
from by_hand import fed as fed

from segue.flow import Reply

NONE = dict.fromkeys(
    (
        "supports_lyrics",
        "lyrics_required",
        "supports_force_instrumental",
        "supports_lyrics_optimizer",
        "supports_loop",
        "supports_language_code",
        "supports_speed",
    ),
    False,
)
DOC_ROW = json.loads("""
{"created":1771804800,"id":"ace-step-15","object":"model","owned_by":"venice.ai","type":"music",
 "model_spec":{
  "pricing":{"durations":{"60":{"usd":0.03,"diem":0.03,"min_seconds":60,"max_seconds":60},
    "90":{"usd":0.04,"diem":0.04,"min_seconds":61,"max_seconds":90},
    "120":{"usd":0.05,"diem":0.05,"min_seconds":91,"max_seconds":120},
    "150":{"usd":0.06,"diem":0.06,"min_seconds":121,"max_seconds":150},
    "180":{"usd":0.07,"diem":0.07,"min_seconds":151,"max_seconds":180},
    "210":{"usd":0.08,"diem":0.08,"min_seconds":181,"max_seconds":210}}},
  "supports_lyrics":true,"lyrics_required":false,"supports_force_instrumental":false,
  "supports_lyrics_optimizer":false,"supports_loop":false,
  "duration_options":[60,90,120,150,180,210],"min_duration":60,"max_duration":210,
  "default_duration":60,"supported_formats":["flac"],"default_format":"flac",
  "prompt_character_limit":512,"lyrics_character_limit":4096,"min_prompt_length":10,
  "supports_custom_voice_id":false,"supports_language_code":false,"supports_speed":false,
  "description":"Feature-rich song generation","name":"ACE-Step 1.5","modelSource":"",
  "offline":false,"privacy":"anonymized","traits":[]}}
""")


def row(id_: str, name: str, pricing: dict[str, Any], **told: Any) -> dict[str, Any]:
    spec = {**NONE, "name": name, "pricing": pricing, "privacy": "anonymized", **told}
    return {"id": id_, "type": "music", "object": "model", "model_spec": spec}


def per(shape: str, usd: float) -> dict[str, Any]:
    return {shape: {"usd": usd, "diem": usd}}


VOICES = ["Aria", "Roger", "Sarah"]
ROWS = [
    DOC_ROW,
    row(
        "elevenlabs-music",
        "ElevenLabs Music",
        {"durations": {"60": {"usd": 0.69, "min_seconds": 3, "max_seconds": 60}}},
        min_duration=3,
        max_duration=600,
        default_duration=60,
        supports_force_instrumental=True,
        default_format="mp3",
    ),
    row("lyria-3-pro", "Lyria 3 Pro", per("generation", 0.1)),
    row(
        "minimax-music-v2",
        "MiniMax Music 2.0",
        per("generation", 0.04),
        supports_lyrics=True,
        lyrics_required=True,
    ),
    row(
        "minimax-music-v25",
        "MiniMax Music 2.5",
        per("generation", 0.18),
        supports_lyrics=True,
        lyrics_character_limit=3500,
        supports_force_instrumental=True,
        supports_lyrics_optimizer=True,
    ),
    row(
        "minimax-music-v26",
        "MiniMax Music 2.6",
        per("generation", 0.18),
        supports_lyrics=True,
        supports_force_instrumental=True,
    ),
    row(
        "sonilo-v1-1-music",
        "Sonilo V1.1 Music",
        per("per_second", 0.0028750000000000004),
        max_duration=360,
    ),
    row(
        "stable-audio-25",
        "Stable Audio 2.5",
        per("generation", 0.19),
        min_duration=5,
        max_duration=190,
        default_format="wav",
    ),
    row(
        "elevenlabs-sound-effects-v2",
        "ElevenLabs Sound Effects",
        per("per_second", 0.0023000000000000004),
        min_duration=1,
        max_duration=22,
        supports_loop=True,
    ),
    row(
        "sonilo-v1-1-sound-effects",
        "Sonilo V1.1 Sound Effects",
        per("per_second", 0.0020700000000000002),
        max_duration=180,
    ),
    row(
        "mmaudio-v2-text-to-audio",
        "MMAudio V2",
        per("per_second", 0.0009200000000000001),
        min_duration=1,
        max_duration=30,
        default_duration=5,
    ),
    row(
        "elevenlabs-tts-v3",
        "ElevenLabs TTS v3",
        per("per_thousand_characters", 0.11500000000000002),
        voices=VOICES,
        default_voice="Aria",
        min_prompt_length=1,
        supports_custom_voice_id=True,
        supports_speed=True,
        min_speed=0.7,
        max_speed=1.2,
    ),
    row(
        "seed-audio-1-0",
        "Seed Audio 1.0",
        per("per_second", 0.0028750000000000004),
        voices=["Describe in prompt", "Tim"],
        default_voice="Describe in prompt",
    ),
    row(
        "elevenlabs-voice-changer",
        "ElevenLabs Voice Changer",
        {},
        voice_changer=True,
        accepted_audio_formats=["mp3"],
    ),
]
TTS_ROWS = [
    {
        "id": "tts-kokoro",
        "type": "tts",
        "model_spec": {
            "name": "Kokoro",
            "pricing": {"input": {"usd": 3.5, "diem": 3.5}},
            "voices": ["af_heart", "am_adam", "bf_emma", "jm_kumo"],
            "default_voice": "af_sky",
            "supported_formats": ["mp3", "opus", "aac", "flac", "wav", "pcm"],
            "default_format": "mp3",
        },
    },
    {
        "id": "tts-orpheus",
        "type": "tts",
        "model_spec": {"voices": ["tara", "leo"], "supported_formats": ["wav"]},
    },
]


def catalogue(rows: list[dict[str, Any]] = ROWS) -> Reply:
    return as_json({"object": "list", "type": "music", "data": rows})
