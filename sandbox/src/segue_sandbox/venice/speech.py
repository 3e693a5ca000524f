"""Speech, transcriptions and cloned voices (venice-audio-speech, venice-audio-transcription).

No speech comes out and none is understood: speech is tones, a transcription is a fixed text
with the hash of the file in it.
"""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256

from segue.flow import Reply
from segue_sandbox.audio import measured, tones
from segue_sandbox.clock import DAY
from segue_sandbox.form import Part, parts
from segue_sandbox.ledger import Paid
from segue_sandbox.strict import flag, number, one_of, shape, text
from segue_sandbox.vendor import Refused, Sounding, json_reply
from segue_sandbox.venice import errors
from segue_sandbox.venice.catalogue import Row, ids
from segue_sandbox.venice.desk import Desk, Visit, body, model
from segue_sandbox.venice.pricing import heard, spoken

LARGEST_FILE = 25 * 1024 * 1024
_FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm")
_SPEECH = shape(
    {"input": text(1, 4096)},
    {
        "model": text(),
        "voice": text(0, 512),
        "response_format": one_of(*_FORMATS),
        "speed": number(0.25, 4),
        "streaming": flag,
        "language": text(2, 32),
        "prompt": text(0, 500),
        "temperature": number(0, 2),
        "top_p": number(0, 1),
    },
)
_SIGNATURES = (b"RIFF", b"fLaC", b"ID3", b"OggS", b"\x1aE\xdf\xa3", b"\xff")
_CLONE_FEE = Decimal("0.05")  # a flat fee is documented, its amount is not


def speech(desk: Desk, visit: Visit) -> Reply:
    """Audio at once. The documented default model is never applied: `model` must be sent."""
    asked = body(visit, _SPEECH)
    if "model" not in asked:
        raise errors.plain(400, "model is required")
    row = model(visit, asked["model"], "tts")
    container = str(asked.get("response_format", row.spec["default_format"]))
    if container not in row.listed("supported_formats"):
        raise errors.plain(400, f"response_format {container} is not supported by this model")
    _check_voice(desk, visit, row, asked.get("voice"))
    said = str(asked["input"])
    _pay(desk, visit, "speech", row, spoken(row, len(said)))
    kind = "mpeg" if container == "mp3" else container
    headers = {"content-type": f"audio/{kind}"}
    return Sounding(status=200, headers=headers, make=lambda: tones(said, container))


def transcribe(desk: Desk, visit: Visit) -> Reply:
    """A text for a file; `json` or `text`."""
    form = _form(visit)
    fields = {part.name: part.text for part in form if part.name != "file"}
    options = {
        "model": one_of(*ids("asr")),
        "response_format": one_of("json", "text"),
        "timestamps": one_of("true", "false"),
        "language": text(),
    }
    if issues := shape({}, options)(fields):
        raise errors.schema(issues)
    if "model" not in fields:
        raise errors.plain(400, "model is required")
    file = _file(form)
    row = model(visit, fields["model"], "asr")
    if (seconds := measured(file)) == 0:
        raise errors.plain(422, "The audio has no length")
    _pay(desk, visit, "transcription", row, heard(row, seconds))
    words = f"sandbox transcription {sha256(file).hexdigest()[:12]}"
    if fields.get("response_format") == "text":
        return Reply(status=200, headers={"content-type": "text/plain"}, body=words.encode())
    answer: dict[str, object] = {"text": words, "duration": seconds}
    if fields.get("timestamps") == "true":
        segment = {"text": words, "start": 0, "end": seconds}
        answer["timestamps"] = {"word": [], "segment": [segment], "char": []}
    return json_reply(200, answer)


def clone(desk: Desk, visit: Visit) -> Reply:
    """A handle for a voice, good for its model and for seven days."""
    form = _form(visit)
    fields = {part.name: part.text for part in form if part.name != "file"}
    models = ("tts-chatterbox-hd", "tts-minimax-speech-02-hd")
    if issues := shape({}, {"model": one_of(*models)})(fields):
        raise errors.schema(issues)
    _file(form)
    row = model(visit, fields.get("model", models[0]), "tts")
    if row.id == models[1]:
        raise errors.plain(403, "Unauthorized access")
    _pay(desk, visit, "voice", row, _CLONE_FEE)
    handle = f"vv_{desk.fate.id().replace('-', '')}"
    desk.voices[handle] = (visit.account.id, row.id, visit.now + 7 * DAY)
    return json_reply(200, {"id": handle, "model": row.id})


def _check_voice(desk: Desk, visit: Visit, row: Row, voice: object) -> None:
    """Voices are case-sensitive; a handle is bound to its account and model."""
    if voice is None or row.knows("supports_custom_voice_id"):
        return
    owner, bound, expires = desk.voices.get(str(voice), ("", "", 0.0))
    owned = (owner, bound) == (visit.account.id, row.id) and visit.now < expires
    incomplete = "voices" in row.hidden.assumed and not str(voice).startswith("vv_")
    if not (owned or incomplete or voice in row.listed("voices")):
        details = {"supported_voices": row.listed("voices")}
        raise errors.plain(400, f"Voice {voice} is not supported by this model", details=details)


def _form(visit: Visit) -> list[Part]:
    kind = visit.request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        raise errors.refused(415)
    return parts(kind, visit.request.body)


def _file(form: list[Part]) -> bytes:
    """The file, checked by its signature."""
    file = next((part.content for part in form if part.name == "file"), None)
    if file is None:
        raise errors.plain(400, "file is required")
    if len(file) > LARGEST_FILE:
        told = "File exceeds the maximum allowed size of 25 MB."
        raise Refused(json_reply(413, {"code": "PAYLOAD_TOO_LARGE", "error": told}))
    if not file.startswith(_SIGNATURES) and file[4:8] != b"ftyp":
        raise errors.plain(400, "Unsupported audio format")
    return file


def _pay(desk: Desk, visit: Visit, kind: str, row: Row, amount: Decimal) -> None:
    charge = desk.charge(visit.account, amount, visit.now)
    paid = Paid(desk.fate.id(), kind, row.id, account=visit.account, charge=charge, at=visit.now)
    desk.paid.append(paid)
