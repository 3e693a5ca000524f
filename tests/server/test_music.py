"""Submit, poll, list and cancel, by the marketplace's pages."""

from base64 import urlsafe_b64encode

import pytest

from .serving import MUSIC

PRINTED = {
    "id", "object", "kind", "status", "created", "expires_at", "estimated_cost_usdc",
    "max_cost_usdc", "poll_url", "cancel_url", "job_token",
}  # fmt: skip


def test_a_submission_is_answered_202_with_the_envelope_that_the_page_prints(api):
    reply = api.make({"metadata": {"order": [1, {"a": None}]}})
    job = reply.json()
    assert reply.status_code == 202
    assert job.keys() >= PRINTED
    assert (job["object"], job["kind"], job["status"]) == ("media.job", "music", "queued")
    assert job["job_token"].startswith("mjt_")
    assert reply.headers["location"] == job["poll_url"] == f"{MUSIC}/{job['id']}"
    assert job["metadata"] == {"order": [1, {"a": None}]}
    assert job["expires_at"] > job["created"]
    assert (job["estimated_cost_usdc"], job["max_cost_usdc"]) == ("0", "0")


def test_a_job_that_has_succeeded_names_its_files_and_its_bill(api):
    job = api.ended(api.make({"metadata": {"a": 1}}))
    assert job["status"] == "succeeded"
    (result,) = job["results"]
    assert result["artifact_index"] == 0
    assert result["content_type"] == "audio/wav"
    assert result["duration_seconds"] == pytest.approx(1, abs=0.2)
    assert result["download_url"] == f"/v1/media/artifacts/{job['id']}/0"
    assert job["usage"] == {
        "seller_cost_usdc": "0", "buyer_cost_usdc": "0", "settlement_status": "confirmed",
    }  # fmt: skip
    assert job["metadata"] == {"a": 1}


def test_every_field_of_the_page_reaches_the_backend(api):
    refused = api.make(
        {
            "lyrics_prompt": "la la",
            "voice": "Ada",
            "language_code": "en",
            "force_instrumental": True,
        }
    )
    error = refused.json()["error"]
    assert refused.status_code == 400
    assert (error["type"], error["code"]) == ("invalid_request_error", "unsupported")
    assert error["param"] in {"lyrics_prompt", "voice", "language_code"}
    assert all(word in error["message"] for word in ("lyrics", "voice", "language"))


def test_fields_that_a_backend_lacks_are_left_out_on_request_and_named(api):
    reply = api.make({"lyrics_prompt": "la la", "unsupported": "ignore"})
    assert reply.status_code == 202
    assert any("lyrics" in note for note in reply.json()["notes"])


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"promt": "x"}, "promt"),
        ({"prompt": 7}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"model": []}, "model"),
        ({"duration_seconds": -1}, "duration_seconds"),
        ({"metadata": "x"}, "metadata"),
        ({"language_code": "en\n"}, "language_code"),
        ({"max_cost": "much"}, "max_cost"),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(api, body, param):
    reply = api.make(body)
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == param
    assert reply.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_what_is_no_body_is_refused(api, body):
    reply = api.post(MUSIC, content=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "invalid_request_error"


def test_an_unknown_model_is_a_400_that_names_what_is_installed(api):
    error = api.make({"model": "sonata"}).json()["error"]
    assert error["code"] == "unknown_provider"
    assert "local" in error["message"]


def test_the_next_model_of_a_list_is_used_when_the_first_cannot(api):
    job = api.ended(api.make({"model": ["not-installed", "local"]}))
    assert (job["status"], job["model"]) == ("succeeded", "local")


def test_when_no_model_of_a_list_can_each_says_why(api):
    reply = api.make({"model": ["not-installed", "neither"]})
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == "no_backend_left"
    assert len(reply.json()["error"]["attempts"]) == 2


@pytest.mark.parametrize("path", [f"{MUSIC}/nothing", f"{MUSIC}/nothing/more", "/v1/nothing"])
def test_what_is_not_there_is_a_404(api, path):
    reply = api.get(path)
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, "not_found")


def test_the_beginning_of_an_id_is_not_an_id(api):
    job = api.make().json()["id"]
    assert api.get(f"{MUSIC}/{job[:8]}").status_code == 404


def test_a_method_that_an_address_lacks_is_a_405_in_the_envelope(api):
    reply = api.put(MUSIC)
    assert (reply.status_code, reply.json()["error"]["code"]) == (405, "method_not_allowed")


def test_the_token_of_a_job_reads_that_job_and_no_other(api):
    one, two = api.make().json(), api.make().json()
    token = {"x-job-token": one["job_token"]}
    assert api.get(one["poll_url"], headers=token).status_code in (200, 202)
    reply = api.get(two["poll_url"], headers=token)
    assert (reply.status_code, reply.json()["error"]["code"]) == (401, "invalid_job_token")


def test_a_finished_job_is_returned_as_it_is_when_it_is_cancelled(api):
    job = api.ended(api.make())
    reply = api.delete(job["cancel_url"])
    assert (reply.status_code, reply.json()["status"]) == (200, "succeeded")


def test_jobs_are_listed_newest_first_in_pages(api):
    made = [api.make({"prompt": f"page {number}"}).json()["id"] for number in range(5)]
    seen, after = [], None
    while True:
        page = api.get(
            MUSIC, params={"text": "page", "limit": 2} | ({"after": after} if after else {})
        )
        seen += [job["id"] for job in page.json()["data"]]
        after = page.json()["next_cursor"]
        if not page.json()["has_more"]:
            break
    assert seen == made[::-1]
    assert after is None


def test_jobs_are_filtered_by_status(api):
    job = api.ended(api.make({"prompt": "the only tango"}))["id"]
    for status, expected in (("succeeded", [job]), ("failed", []), ("canceled", [])):
        found = api.get(MUSIC, params={"text": "only tango", "status": status}).json()["data"]
        assert [each["id"] for each in found] == expected


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "x"},
        {"limit": "00000000199"},
        {"limit": "000000001" + "9" * 5000},
        {"status": "done"},
        {"since": "today"},
        {"since": "2026-01-31T12:00:00"},
        {"since": "0001-01-01T00:00:00+23:59"},
        {"until": "9999-12-31T23:59:59-23:59"},
        {"colour": "red"},
    ],
    ids=lambda query: str(query)[:40],
)
def test_a_wrong_filter_is_refused_by_its_name(api, query):
    reply = api.get(MUSIC, params=query)
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, next(iter(query)))


@pytest.mark.parametrize("cursor", ["not one", "é", b"0001-01-01T00:00:00+23:59 job"])
def test_a_wrong_cursor_is_a_400(api, cursor):
    if isinstance(cursor, bytes):
        cursor = urlsafe_b64encode(cursor).decode().rstrip("=")
    assert api.get(MUSIC, params={"after": cursor}).status_code == 400
