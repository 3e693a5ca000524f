"""Venice's error bodies, each as one error that says what to do. Pure.

The default body is `{"error": "<message>"}`, usually without any code (Venice's errors skill,
2026-10), so an error is identified by its status, and only then by its text. All texts that matter
are here.
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
    body = complaint(reply)
    if body is None:
        return _page(reply)
    message = message_of(body)
    error = _of_status(reply, body, message)
    error.advice = _advice(reply.status, body, message) or error.advice
    error.endpoint = reply.endpoint or None
    return error


def accepted(reply: Reply) -> Reply:
    """The answer itself, if Venice accepted the request; else raises the reason."""
    if not reply.ok:
        raise refused(reply)
    return reply


def unknown_id(body: Complaint) -> bool:
    """Whether Venice says that it never issued this job's id, or not to this key.

    There is no code on the wire; the documents name it REQUEST_ID_NOT_FOUND. It is no verdict
    on a job.
    """
    return code_of(body) == "REQUEST_ID_NOT_FOUND" or _UNKNOWN_ID in message_of(body).lower()


def own_fault(body: Complaint) -> bool:
    """Whether the request itself was malformed: only Venice's own schema lists `issues`."""
    return isinstance(body.issues, list) or isinstance(body.details, Mapping)


def message_of(body: Complaint) -> str:
    """Venice's message, with the reason for each field if it gives them."""
    nested = body.error if isinstance(body.error, Mapping) else {}
    candidates = (body.error, nested.get("message"), nested.get("customMessage"), body.message)
    message = next((one for one in candidates if isinstance(one, str) and one), "no reason given")
    reasons = list(dict.fromkeys(_reasons(body)))[:_MOST_REASONS]
    return f"{message} ({'; '.join(reasons)})" if reasons else message


def code_of(body: Complaint) -> str | None:
    """The error code, at the top or inside `error`; usually there is none."""
    nested = body.error.get("code") if isinstance(body.error, Mapping) else None
    return next((code for code in (body.code, nested) if isinstance(code, str)), None)


def text_of(value: object) -> str | None:
    """The value, if it is a text that is not blank."""
    return value if isinstance(value, str) and value.strip() else None


def _of_status(reply: Reply, body: Complaint, message: str) -> RequestError:
    status, code = reply.status, code_of(body)
    if status == 422 and not reply.endpoint.endswith(_LISTENING):
        return ContentPolicy(
            message, status=422, code=code, suggested_prompt=text_of(body.suggested_prompt)
        )
    if status == 402 and body.x402 is not None:
        return AuthenticationFailed(message, status=402, code=code)
    if status == 400 and unknown_id(body):
        return NotFound(message, status=400, code=code)
    if status == 429 and "too many failed attempts" in message.lower():
        return RateLimited(message, status=429, code=code, retry_after=BUDGET_PAUSE)
    return refusal(reply, message, code=code)


def _advice(status: int, body: Complaint, message: str) -> str:
    """What to do next, if Venice's message says more than the class of the error."""
    low = message.lower()
    if status in _ADVICE:
        return _ADVICE[status](body, low)
    return "make it smaller: Venice takes 25 MB of file and 35 MB of JSON" if status == 413 else ""


def _about_request(body: Complaint, _low: str) -> str:
    if unknown_id(body):
        return "check the ticket and the key: Venice never issued this id to this account"
    if request := text_of(body.request_id):
        return f"change the field that it names; the request id for Venice's support is {request}"
    return "change the field that it names; `segue models -v -b venice` shows what each model takes"


def _about_key(_body: Complaint, low: str) -> str:
    if "pro users" in low:
        return "upgrade the account at Venice, or choose another model"
    if "admin" in low:
        return f"this query needs an ADMIN key: {KEYS}"
    return f"check VENICE_API_KEY; create keys at {KEYS}"


def _about_money(body: Complaint, low: str) -> str:
    if body.x402 is not None:
        return f"the request carried no key: set VENICE_API_KEY; create keys at {KEYS}"
    if "spend limit" in low:
        return f"raise the limit of this key at {KEYS}, or use another key"
    if code_of(body) == "PAYMENT_REQUIRED":
        return "top up the wallet, or use an API key with credits"
    return f"add credits at {KEYS}, or choose a cheaper backend"


def _about_rights(_body: Complaint, low: str) -> str:
    if "ip address" in low:
        return f"add this computer's address to the key's list, at {KEYS}"
    return (
        "the key or the region does not allow this model: a PRIVATE_ONLY key is refused"
        " all of Venice's music models; choose another key or model"
    )


def _about_absence(_body: Complaint, low: str) -> str:
    if "deprecated" in low:
        return "choose the model that Venice names instead"
    if "model" in low:
        return "model names are case-sensitive; `segue models --backend venice` lists them"
    return "Venice no longer stores it: it was deleted, or has expired"


def _about_policy(body: Complaint, _low: str) -> str:
    suggestion = text_of(body.suggested_prompt)
    if suggestion is None:
        return ""
    return f"Venice would accept this prompt, as a new job that is charged again: {suggestion!r}"


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
        return refusal(reply, f"not Venice's format{reply.glimpse}")
    return reply.unlike("Venice writes its errors in JSON")


def _reasons(body: Complaint) -> Iterator[str]:
    if isinstance(body.issues, list):
        yield from _issues(body.issues, 0)
    elif isinstance(body.details, Mapping):
        yield from _tree(body.details, "", 0)
    elif text := text_of(body.details):
        yield text
    if isinstance(body.details, Mapping) and isinstance(
        voices := body.details.get("supported_voices"), list
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
        path, text = issue.get("path"), text_of(issue.get("message"))
        if text:
            where = ".".join(str(step) for step in path) if isinstance(path, list) else ""
            yield f"{where}: {text}" if where else text


def _tree(tree: Mapping[str, object], where: str, depth: int) -> Iterator[str]:
    for name, branch in tree.items() if depth < _DEEPEST else ():
        if name == "_errors" and isinstance(branch, list):
            yield from (f"{where}: {text}" if where else str(text) for text in branch)
        elif isinstance(branch, Mapping):
            yield from _tree(branch, f"{where}.{name}".lstrip("."), depth + 1)
