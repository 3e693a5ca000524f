"""Venice's error bodies, each as one error that says what to do. Pure.

The default body is `{"error": "<message>"}`, usually without any code (Venice's errors skill,
2026-10), so an error is told by its status, and only then by its text. The texts that matter
are all here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from segue.errors import (
    AuthenticationFailed,
    ContentPolicy,
    NotFound,
    RateLimited,
    RequestError,
)
from segue.flow import Reply
from segue.refusals import refusal
from segue_venice.wire import Complaint

KEYS = "https://venice.ai/settings/api"
"""Where a user makes keys and adds credits."""

BUDGET_PAUSE = 30.0
"""Seconds for which Venice is closed to a key after too many failed requests."""

_UNKNOWN_ID = "request id is invalid"
_LISTENING = "/audio/transcriptions"  # its 422 is for a recording, such as one of no length
_MOST_REASONS = 10
_DEEPEST = 8


def complaint(reply: Reply) -> Complaint | None:
    """The error body, or None when this is not one of Venice's (an HTML page of a proxy)."""
    return reply.maybe_json(Complaint)


def refused(reply: Reply) -> RequestError:
    """The error for an answer that is not `ok`."""
    told = complaint(reply)
    if told is None:
        return _page(reply)
    message = message_of(told)
    error = _of_status(reply, told, message)
    error.advice = _advice(reply.status, told, message) or error.advice
    error.endpoint = reply.endpoint or None
    return error


def accepted(reply: Reply) -> Reply:
    """The answer itself, if Venice did what was asked; raises why it did not."""
    if not reply.ok:
        raise refused(reply)
    return reply


def unknown_id(told: Complaint) -> bool:
    """Whether Venice says that it never gave out this job's id, or not to this key.

    There is no code on the wire; the documents name it REQUEST_ID_NOT_FOUND. It is no verdict
    on a job.
    """
    return code_of(told) == "REQUEST_ID_NOT_FOUND" or _UNKNOWN_ID in message_of(told).lower()


def own_fault(told: Complaint) -> bool:
    """Whether the request itself was malformed: only Venice's own schema lists `issues`."""
    return isinstance(told.issues, list) or isinstance(told.details, Mapping)


def message_of(told: Complaint) -> str:
    """What went wrong in Venice's words, with the reason for each field where it gives them."""
    nested = told.error if isinstance(told.error, Mapping) else {}
    candidates = (told.error, nested.get("message"), nested.get("customMessage"), told.message)
    message = next((one for one in candidates if isinstance(one, str) and one), "no reason given")
    reasons = list(dict.fromkeys(_reasons(told)))[:_MOST_REASONS]
    return f"{message} ({'; '.join(reasons)})" if reasons else message


def code_of(told: Complaint) -> str | None:
    """The machine's word, at the top or inside `error`; usually there is none."""
    nested = told.error.get("code") if isinstance(told.error, Mapping) else None
    return next((code for code in (told.code, nested) if isinstance(code, str)), None)


def text_of(value: object) -> str | None:
    """The value, if it is a text that says something."""
    return value if isinstance(value, str) and value.strip() else None


def _of_status(reply: Reply, told: Complaint, message: str) -> RequestError:
    status, code = reply.status, code_of(told)
    if status == 422 and not reply.endpoint.endswith(_LISTENING):
        return ContentPolicy(
            message, status=422, code=code, suggested_prompt=text_of(told.suggested_prompt)
        )
    if status == 402 and told.x402 is not None:
        return AuthenticationFailed(message, status=402, code=code)
    if status == 400 and unknown_id(told):
        return NotFound(message, status=400, code=code)
    if status == 429 and "too many failed attempts" in message.lower():
        return RateLimited(message, status=429, code=code, retry_after=BUDGET_PAUSE)
    return refusal(reply, message, code=code)


def _advice(status: int, told: Complaint, message: str) -> str:
    """What to do next, where Venice's words tell more than the class of the error."""
    low = message.lower()
    if status in _ADVICE:
        return _ADVICE[status](told, low)
    return "make it smaller: Venice takes 25 MB of file and 35 MB of JSON" if status == 413 else ""


def _about_request(told: Complaint, _low: str) -> str:
    if unknown_id(told):
        return "check the ticket and the key: Venice never gave this id to this account"
    if request := text_of(told.request_id):
        return f"change what it names; Venice's support knows it as request {request}"
    return "change what it names; `segue models --backend venice` shows what each model takes"


def _about_key(_told: Complaint, low: str) -> str:
    if "pro users" in low:
        return "upgrade the account at Venice, or choose another model"
    if "admin" in low:
        return f"this question needs a key of the kind ADMIN: {KEYS}"
    return f"check VENICE_API_KEY; keys are made at {KEYS}"


def _about_money(told: Complaint, low: str) -> str:
    if told.x402 is not None:
        return f"the request carried no key: set VENICE_API_KEY; keys are made at {KEYS}"
    if "spend limit" in low:
        return f"raise the limit of this key at {KEYS}, or use another key"
    if code_of(told) == "PAYMENT_REQUIRED":
        return "top up the wallet, or use an API key with credits"
    return f"add credits at {KEYS}, or choose a cheaper backend"


def _about_rights(_told: Complaint, low: str) -> str:
    if "ip address" in low:
        return f"add this computer's address to the key's list, at {KEYS}"
    return (
        "the key or the region does not allow this model: a PRIVATE_ONLY key is refused"
        " all of Venice's music models; choose another key or model"
    )


def _about_absence(_told: Complaint, low: str) -> str:
    if "deprecated" in low:
        return "choose the model that Venice names instead"
    if "model" in low:
        return "model names are case-sensitive; `segue models --backend venice` lists them"
    return "Venice keeps it no longer: it was deleted, or has expired"


def _about_policy(told: Complaint, _low: str) -> str:
    suggestion = text_of(told.suggested_prompt)
    if suggestion is None:
        return ""
    return f"Venice would accept this prompt, as a new job that costs anew: {suggestion!r}"


_ADVICE: Mapping[int, Callable[[Complaint, str], str]] = {
    400: _about_request,
    401: _about_key,
    402: _about_money,
    403: _about_rights,
    404: _about_absence,
    422: _about_policy,
}


def _page(reply: Reply) -> RequestError:
    """An answer that Venice did not write: the status says whether to try again, no more."""
    if reply.status == 429 or reply.status >= 500:
        return refusal(reply, f"not Venice's own words{reply.glimpse}")
    return reply.unlike("Venice writes its errors in JSON")


def _reasons(told: Complaint) -> Iterator[str]:
    if isinstance(told.issues, list):
        yield from _issues(told.issues, 0)
    elif isinstance(told.details, Mapping):
        yield from _tree(told.details, "", 0)
    elif text := text_of(told.details):
        yield text
    if isinstance(told.details, Mapping) and isinstance(
        voices := told.details.get("supported_voices"), list
    ):
        yield f"voices: {', '.join(str(voice) for voice in voices[:40])}"


def _issues(issues: Sequence[object], depth: int) -> Iterator[str]:
    """The leaves of the issues: those of a union lie in its `unionErrors`."""
    for issue in issues if depth < _DEEPEST else ():
        if not isinstance(issue, Mapping):
            continue
        unions = issue.get("unionErrors")
        for one in unions if isinstance(unions, list) else ():
            inner = one.get("issues") if isinstance(one, Mapping) else None
            yield from _issues(inner if isinstance(inner, list) else [one], depth + 1)
        path, said = issue.get("path"), text_of(issue.get("message"))
        if said:
            where = ".".join(str(step) for step in path) if isinstance(path, list) else ""
            yield f"{where}: {said}" if where else said


def _tree(tree: Mapping[str, object], where: str, depth: int) -> Iterator[str]:
    for name, branch in tree.items() if depth < _DEEPEST else ():
        if name == "_errors" and isinstance(branch, list):
            yield from (f"{where}: {said}" if where else str(said) for said in branch)
        elif isinstance(branch, Mapping):
            yield from _tree(branch, f"{where}.{name}".lstrip("."), depth + 1)
