"""How a job is shown: in the forms of the vendor's pages, or as live answers were observed.

Observed (on video, in September 2026): ULIDs, absolute addresses, who serves the job, and
artifacts at the API's own address. The two samples of the music page are the documented form.
What is shown of a music job that is neither new nor succeeded is not documented.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

from segue_sandbox.clock import Dial
from segue_sandbox.marketplace import errors
from segue_sandbox.marketplace.address import Origin
from segue_sandbox.marketplace.fate import Mark, Outcome
from segue_sandbox.marketplace.jobs import LINK, Job, Sound

PATH = "/v1/music/generations"
CONTAINER, MEDIA_TYPE = "mp3", "audio/mpeg"
_UNKNOWN = "unknown"
_UNTAKEN = "No provider could accept this job right now. Please retry."


def accepted(job: Job, dial: Dial, origin: Origin) -> dict[str, object]:
    """The answer to a submission."""
    live = job.buyer.forms == "live"
    address = f"{origin.api if live else ''}{PATH}/{job.id}"
    return {
        **_head(job, "queued"),
        **_times(job, dial),
        "estimated_cost_usdc": str(job.terms.estimate),
        "max_cost_usdc": str(job.terms.most),
        "poll_url": address,
        "cancel_url": address,
        "job_token": job.token,
    }


def seen(job: Job, now: float, dial: Dial) -> dict[str, object]:
    """How a job stands; `succeeded` adds what came out."""
    word = job.state(now)
    if word == "running" and Mark.ODD in job.terms.prompt:
        word = "submitted"
    shown = _head(job, word)
    if job.buyer.forms == "live":
        shown |= _times(job, dial) | _serving(job, now)
    if word == "failed":
        shown["error"] = _failure(job)
    return shown


def succeeded(
    job: Job, now: float, dial: Dial, origin: Origin, sound: Sound
) -> Callable[[], dict[str, object]]:
    """The whole of a job that succeeded. It is made later: the files' sizes are in it."""
    head, live = seen(job, now, dial), job.buyer.forms == "live"
    show = _own if live else _signed
    results = [show(job, index, now, dial, origin) for index in range(len(job.terms.artifacts))]
    cost = str(job.cost)
    costs = {"seller_cost_usdc": cost, "buyer_cost_usdc": cost}

    def made() -> dict[str, object]:
        for result, prompt in zip(results, job.terms.artifacts, strict=True):
            result["bytes"] = len(sound(prompt, job.terms.seconds, CONTAINER))
        return {**head, "results": results, "usage": {**costs, "settlement_status": "confirmed"}}

    return made


def link(job: Job, index: int, now: float, dial: Dial, origin: Origin) -> str:
    """A signed address for an artifact, good for a while. Each poll gives a new one."""
    stamp = datetime.fromtimestamp(dial.unix(now), UTC).strftime("%Y%m%dT%H%M%SZ")
    seconds = max(1, round(dial.seconds(LINK)))
    signature = sha256(f"{job.token} {index} {now!r}".encode()).hexdigest()
    job.links[signature] = now + LINK
    query = (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256"
        f"&X-Amz-Credential=SANDBOX%2F{stamp[:8]}%2Fus-east-1%2Fs3%2Faws4_request"
        f"&X-Amz-Date={stamp}&X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host"
        f"&X-Amz-Signature={signature}"
    )
    return f"{origin.storage}/async-media/{job.id}/{index}.{CONTAINER}?{query}"


def _head(job: Job, status: str) -> dict[str, object]:
    return {"id": job.id, "object": "media.job", "kind": "music", "status": status}


def _times(job: Job, dial: Dial) -> dict[str, object]:
    created = int(dial.unix(job.queued))
    return {
        "created": created,
        "expires_at": created + round(dial.seconds(job.expires - job.queued)),
    }


def _serving(job: Job, now: float) -> dict[str, object]:
    placed = job.placed(now)
    return {
        "served_by": "api.venice.ai" if placed else _UNKNOWN,
        "provider_family": "venice" if placed else _UNKNOWN,
        "marketplace_status": "submitted" if placed else _UNKNOWN,
        "marketplace_attempts": job.attempts(now),
    }


def _failure(job: Job) -> dict[str, object]:
    """Observed: a type, and not always a message. How a late filter is told is not known."""
    if job.course.outcome is Outcome.UNTAKEN:
        return {"type": errors.UNTAKEN, "message": _UNTAKEN}
    if job.course.outcome is Outcome.FILTERED:
        code = "minimum_discount_not_met"
        return {"type": code, "code": code, "message": "No offer meets the minimum discount."}
    return {"type": "provider_error"}


def _signed(job: Job, index: int, now: float, dial: Dial, origin: Origin) -> dict[str, object]:
    return {
        "artifact_index": index,
        "url": link(job, index, now, dial, origin),
        "download_url": f"/v1/media/artifacts/{job.id}/{index}",
        "content_type": MEDIA_TYPE,
        "duration_seconds": job.terms.seconds,
        "bytes": 0,
    }


def _own(job: Job, index: int, _now: float, _dial: Dial, origin: Origin) -> dict[str, object]:
    address = f"{origin.api}/v1/media/artifacts/{job.id}/{index}"
    return {"artifact_index": index, "url": address, "content_type": MEDIA_TYPE, "bytes": 0}
