"""Artifacts: by the API's own address with the buyer's key, or by a signed one without.

Neither answers ranges: that the API does is not known. The storage is Amazon S3, whose refusals
are documented there. A key that is sent to it is not refused, as S3 would: behind the sandbox's
one address, a client cannot tell the two apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from segue.flow import Reply
from segue_sandbox.marketplace import errors
from segue_sandbox.marketplace.desk import Desk, Visit
from segue_sandbox.marketplace.jobs import Job, Sound
from segue_sandbox.marketplace.shapes import CONTAINER, MEDIA_TYPE
from segue_sandbox.vendor import Sounding

_FOLDER, _ENDING = "/async-media/", f".{CONTAINER}"


def fetched(desk: Desk, visit: Visit, job_id: str, index: str, sound: Sound) -> Reply:
    """`GET /v1/media/artifacts/:jobId/:index`. After three hours: 404, which is not documented."""
    job = desk.job(visit, job_id)
    if not job.kept(visit.now) or index not in _indices(job):
        raise errors.refused(404)
    return _file(job, int(index), sound)


def stored(desk: Desk, path: str, query: str, now: float, sound: Sound) -> Reply:
    """What a signed address leads to; `path` is that within the storage."""
    job_id, _, name = path.removeprefix(_FOLDER).partition("/")
    job, index = desk.jobs.get(job_id), name.removesuffix(_ENDING)
    if job is None or index not in _indices(job):
        raise errors.storage(403, "AccessDenied", "Access Denied")
    until = _signed(job, dict(parse_qsl(query)))
    if now >= until:
        raise errors.storage(403, "AccessDenied", "Request has expired")
    if not job.kept(now):
        raise errors.storage(404, "NoSuchKey", "The specified key does not exist.")
    return _file(job, int(index), sound)


def _signed(job: Job, query: Mapping[str, str]) -> float:
    """Until when the signature is good."""
    if "X-Amz-Signature" not in query:
        raise errors.storage(403, "AccessDenied", "Access Denied")
    until = job.links.get(query["X-Amz-Signature"])
    if until is None:
        told = "The request signature we calculated does not match the signature you provided."
        raise errors.storage(403, "SignatureDoesNotMatch", told)
    return until


def _file(job: Job, index: int, sound: Sound) -> Reply:
    job.downloads += 1
    prompt, seconds = job.terms.artifacts[index], job.terms.seconds
    headers = {"content-type": MEDIA_TYPE}
    return Sounding(status=200, headers=headers, make=lambda: sound(prompt, seconds, CONTAINER))


def _indices(job: Job) -> list[str]:
    return [str(index) for index in range(len(job.terms.artifacts))]
