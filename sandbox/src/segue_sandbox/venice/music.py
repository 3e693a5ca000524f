"""The four endpoints of music: quote, queue, retrieve, complete (venice-audio-music)."""

from __future__ import annotations

from collections.abc import Callable

from segue.flow import Reply
from segue_sandbox.strict import digits, either, flag, number, positive, shape, text
from segue_sandbox.vendor import Sounding, json_reply
from segue_sandbox.venice import endings, errors, options
from segue_sandbox.venice.catalogue import Row
from segue_sandbox.venice.desk import Desk, Visit, body, found, model
from segue_sandbox.venice.fate import actual_seconds
from segue_sandbox.venice.jobs import Job, Work
from segue_sandbox.venice.pricing import by_character, lasting, price

Sound = Callable[[str, float, str], bytes]

TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac"}
_SECONDS = either(positive, digits)
_QUOTE = shape({"model": text()}, {"duration_seconds": _SECONDS, "character_count": positive})
_QUEUE = shape(
    {"model": text(), "prompt": text(1)},
    {
        "lyrics_prompt": text(),
        "duration_seconds": _SECONDS,
        "force_instrumental": flag,
        "lyrics_optimizer": flag,
        "loop": flag,
        "voice": text(),
        "language_code": text(),
        "speed": number(0.25, 4),
    },
)
_RETRIEVE = shape({"model": text(), "queue_id": text()}, {"delete_media_on_completion": flag})
_COMPLETE = shape({"model": text(), "queue_id": text()})


def quote(visit: Visit) -> Reply:
    """The price. It needs no key, and takes no prompt."""
    asked = body(visit, _QUOTE)
    row = found(asked["model"], "music")
    seconds = options.duration(row, asked)
    characters = asked.get("character_count")
    if by_character(row) and characters is None:
        raise errors.plain(400, "character_count is required for this model")
    count = int(str(characters or 0))
    limit = row.number("prompt_character_limit")
    if limit is not None and count > limit:
        raise errors.plain(400, f"character_count must be at most {limit}")
    return json_reply(200, {"quote": float(price(row, seconds=seconds, characters=count))})


def queue(desk: Desk, visit: Visit) -> Reply:
    """Take an order: all that can be refused is refused before the charge."""
    asked = body(visit, _QUEUE)
    row = model(visit, asked["model"], "music")
    options.check(row, asked)
    prompt = str(asked["prompt"]).strip()
    outcome = desk.fate.outcome(prompt)
    if (refusal := endings.at_the_queue(outcome, prompt, desk.dial)) is not None:
        raise refusal
    seconds = options.duration(row, asked)
    amount = price(row, seconds=seconds, characters=len(prompt))
    charge = desk.charge(visit.account, amount, visit.now)
    work = _work(row, prompt, seconds)
    done = visit.now + desk.fate.duration()
    job = Job(desk.fate.id(), visit.account, work, charge=charge, queued=visit.now, done=done)
    job.outcome = outcome
    if row.hidden.reserves is not None:
        job.due = price(row, seconds=int(work.seconds), characters=0)
    desk.jobs[job.id] = job
    return json_reply(200, {"model": row.id, "queue_id": job.id, "status": "QUEUED"})


def retrieve(desk: Desk, visit: Visit, sound: Sound) -> Reply:
    """How a job stands, or its audio, or why there is none."""
    asked = body(visit, _RETRIEVE)
    job = _job(desk, visit, asked)
    state = job.state(visit.now)
    if state == "processing":
        waited = desk.dial.milliseconds(visit.now - job.queued)
        usual = desk.dial.milliseconds(desk.fate.usual)
        said = {"average_execution_time": usual, "execution_duration": waited}
        return json_reply(200, {"status": "PROCESSING", **said})
    if state in {"released", "expired"}:
        raise errors.refused(404)
    if state == "failed":
        raise endings.of_a_failure(job)
    job.released = asked.get("delete_media_on_completion") is True
    job.downloads += 1
    return _audio(desk, job, sound)


def complete(desk: Desk, visit: Visit) -> Reply:
    """Delete a finished piece. An unfinished one goes on, and is stored all the same.

    What is answered for an unfinished job is not documented; the sandbox says `true`.
    """
    job = _job(desk, visit, body(visit, _COMPLETE))
    if visit.now < job.done:
        return json_reply(200, {"success": True})
    if job.stuck:
        job.stuck = False
        return json_reply(200, {"success": False})
    job.released = True
    return json_reply(200, {"success": True})


def _job(desk: Desk, visit: Visit, asked: dict[str, object]) -> Job:
    """The job of this account and model; every other id is one that was never issued."""
    job = desk.jobs.get(str(asked["queue_id"]))
    if job is None or job.account is not visit.account or job.work.row.id != asked["model"]:
        raise errors.unknown_id()
    return job


def _work(row: Row, prompt: str, seconds: int | None) -> Work:
    cap = row.hidden.reserves
    lasts = actual_seconds(prompt, cap) if cap else lasting(row, seconds)
    return Work(row=row, prompt=prompt, seconds=lasts, container=row.hidden.container)


def _audio(desk: Desk, job: Job, sound: Sound) -> Reply:
    work = job.work
    headers = {
        "content-type": TYPES[work.container],
        "x-venice-audio-format": work.container,
        "x-venice-inference-time": f"{desk.dial.seconds(job.done - job.queued):.2f}",
        "x-venice-model-id": work.row.id,
        "x-venice-model-name": str(work.row.spec.get("name", work.row.id)),
    }
    if work.row.hidden.reserves is not None:
        headers["x-venice-audio-duration"] = f"{work.seconds:g}"
    return Sounding(
        status=200, headers=headers, make=lambda: sound(work.prompt, work.seconds, work.container)
    )
