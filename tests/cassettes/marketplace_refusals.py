"""What the marketplace refuses, and how: each error that is known, in each envelope."""

from __future__ import annotations

import segue

from .marketplace_making import ME, SONG, SUBMIT, answer, documented, job, marked, refusal, told
from .marketplace_stories import PROMPT, TASK, asking, balance, carried, stranger, submit
from .recordings import Recording, ending, instead, refused_each

BOTH = {"retry-after": "20", "x-ratelimit-reset": "1800000020", "x-ratelimit-remaining": "0"}
OBSERVED = (
    told(
        "Unsupported aspect_ratio '1:1' for model 'veo3-1-fast-text-to-video'."
        " Supported: 16:9, 9:16.",
        "invalid_request_error",
    ),
    told("prompt must be shorter than or equal to 2000 characters.", "invalid_request_error"),
    told("The model 'gpt-5-image-mini' does not exist.", "request_rejected"),
    told(
        "venice-recraft-v4-pro is not a valid model ID."
        " Unusual bug? Email support@surplusintelligence.ai"
    ),
)
"""Seen live on videos and images, 2026-09."""

REFUSALS = {
    "discount-not-met": refusal(
        "404 `minimum_discount_not_met`, as it was observed",
        ("Rejected", 404),
        task=asking(min_discount=60),
    ),
    "discount-not-met-documented": documented(
        "503 `minimum_discount_not_met`",
        ending(submit(asking(min_discount=60))),
        ("Rejected", 503),
    ),
    "discount-not-met-400": answer(
        "400 `minimum_discount_not_met`, as other clients have it: the code counts",
        ("Rejected", 400),
        400,
        told("No offer meets the minimum discount of 60%.", "minimum_discount_not_met"),
    ),
    "rate-limit": job(
        "429 with both headers at the submission: sent again under the same key",
        carried(),
        SONG,
        faults=[instead(SUBMIT, 429, nth=1, headers=BOTH)],
    ),
    "rate-limit-reset": Recording(
        "429 with `X-RateLimit-Reset` alone: handed up, as it asks for more than a minute",
        ending(balance),
        ("RateLimited", 429),
        faults=[instead(ME, 429, headers={"x-ratelimit-reset": "90"})],
    ),
    "unsupported-value": refusal(
        "400 `invalid_request_error`: a duration that the model does not make",
        ("Rejected", 400),
        task=segue.Generate(prompt=PROMPT, extra={"marketplace": {"duration_seconds": 7}}),
    ),
    "observed-words": job(
        "400: four refusals in the words that were observed of videos and images",
        refused_each(TASK, TASK, TASK, TASK),
        [("Rejected", 400), ("Rejected", 400), ("Rejected", 400), ("Unavailable", 400)],
        faults=[instead(SUBMIT, 400, body, nth=nth) for nth, body in enumerate(OBSERVED, 1)],
    ),
    "bad-discount": answer(
        "400 `invalid_minimum_discount`",
        ("Rejected", 400),
        400,
        told("'min030' is not a minimum discount.", "invalid_minimum_discount"),
    ),
    "not-sold-now": marked(
        '400 "is not a valid model ID", of a model that is listed',
        [("Unavailable", 400)],
        "not-a-model",
    ),
    "no-such-model": refusal(
        '400 "is not a valid model ID", of one that is not',
        ("NotFound", 400),
        backend="marketplace/venice-no-such-model",
    ),
    "relayed": marked(
        "400 of the providers behind it: four codes, a bare text, and an object without `error`",
        [("Rejected", 400)] * 6,
        "request_rejected",
        "unsupported_provider",
        "model_capability_unsupported",
        "model_does_not_support_images",
        "relayed-text",
        "relayed-object",
    ),
    "wrong-key": Recording(
        "401 `invalid_api_key`",
        ending(balance),
        ("AuthenticationFailed", 401),
        key="inf_bad-key",
    ),
    "no-funds": refusal(
        "402 `insufficient_balance`: no money", ("InsufficientFunds", 402), key="inf_poor-key"
    ),
    "no-allowance": refusal(
        "402 `insufficient_balance`: less than 1 USDC may be drawn",
        ("InsufficientFunds", 402),
        key="inf_unapproved-key",
    ),
    "wallet": answer(
        "402 `x402_payment_required`: no key arrived",
        ("AuthenticationFailed", 402),
        402,
        {"error": {"code": "x402_payment_required", "message": "Payment required."}},
    ),
    "fenced-key": Recording(
        "403, a page of the edge", ending(balance), ("Unavailable", 403), key="inf_fenced-key"
    ),
    "nobody-sells-it": refusal(
        "404 `no_sellers_for_model`",
        ("Unavailable", 404),
        task=segue.Generate(prompt=PROMPT),
        backend="marketplace/venice-lyria-3-pro",
    ),
    "unknown-job": Recording(
        "404 `not_found`: a job of nobody's", ending(stranger), ("NotFound", 404), live=True
    ),
    "conflict": answer(
        "409 at the submission: whether it was taken is not known",
        ("SubmissionUnknown", None),
        409,
        {"error": {"message": "conflict"}},
    ),
    "no-healthy-seller": refusal(
        "503 `no_healthy_sellers`",
        ("Unavailable", 503),
        task=segue.Generate(prompt=PROMPT),
        backend="marketplace/venice-elevenlabs-tts-v4",
    ),
    "page": answer(
        "503, a page: whether it was taken is not known",
        ("SubmissionUnknown", None),
        503,
        "<html>503</html>",
        content_type="text/html",
    ),
    "server-error": Recording(
        "500, 502 and 504, then the answer: asked again",
        lambda client, _folder: balance(client),
        ["100 USD"],
        faults=[instead(ME, status, nth=nth) for nth, status in enumerate((500, 502, 504), 1)],
    ),
}
