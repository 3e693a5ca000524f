"""The files: whole, in ranges, by a signed address or the job's token."""

from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest

from segue_server import tokens

from .serving import serving


@pytest.fixture(scope="module")
def done(api):
    return api.ended(api.make())


def test_the_file_is_whole_and_what_the_job_says(api, done):
    (result,) = done["results"]
    reply = api.get(result["download_url"])
    assert reply.headers["content-type"] == "audio/wav"
    assert (len(reply.content), sha256(reply.content).hexdigest()) == (
        result["bytes"], result["sha256"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "status", "bytes_"),
    [("bytes=0-3", 206, b"RIFF"), ("bytes=8-11", 206, b"WAVE"), ("Bytes=0-3", 206, b"RIFF")],
)
def test_a_range_is_answered_with_that_part(api, done, wanted, status, bytes_):
    reply = api.get(done["results"][0]["url"], headers={"range": wanted})
    assert (reply.status_code, reply.content) == (status, bytes_)


def test_a_range_beyond_the_end_is_a_416(api, done):
    reply = api.get(done["results"][0]["url"], headers={"range": "bytes=99999999-"})
    assert reply.status_code == 416


@pytest.mark.parametrize(
    "wanted",
    ["items=0-1", "bytes=5-2", "bytes=x", "bytes=", "0-1", "bytes=0-" + "9" * 5000, "bytes=0-1,x"],
)
def test_a_range_that_is_none_is_answered_with_the_whole_file(api, done, wanted):
    (result,) = done["results"]
    reply = api.get(result["url"], headers={"range": wanted})
    assert (reply.status_code, len(reply.content)) == (200, result["bytes"])


def test_several_ranges_are_parts_of_one_answer(api, done):
    reply = api.get(done["results"][0]["url"], headers={"range": "bytes=0-3, -4"})
    assert reply.status_code == 206
    assert reply.headers["content-type"].startswith("multipart/byteranges")
    assert b"RIFF" in reply.content


def test_a_range_of_another_version_of_the_file_is_the_whole_file(api, done):
    headers = {"range": "bytes=0-3", "if-range": '"another"'}
    assert api.get(done["results"][0]["url"], headers=headers).status_code == 200
    headers["if-range"] = f'"{done["results"][0]["sha256"]}"'
    assert api.get(done["results"][0]["url"], headers=headers).status_code == 206


def test_who_has_the_file_already_is_told_so(api, done):
    etag = api.get(done["results"][0]["url"]).headers["etag"]
    reply = api.get(done["results"][0]["url"], headers={"if-none-match": etag})
    assert (reply.status_code, reply.content) == (304, b"")


def test_a_signature_is_for_one_file_and_one_time(tmp_path):
    with serving(tmp_path, keyed=True) as api:
        key = {"authorization": f"Bearer {api.gateway.store.add_key('ada')}"}
        api.headers.update(key)
        done = api.ended(api.make())
        url = done["results"][0]["url"]
        del api.headers["authorization"]
        assert api.get(url).status_code == 200
        assert api.get(url.replace("/0?", "/1?")).json()["error"]["code"] == "invalid_signature"
        assert api.get(url[:-1] + "_").status_code == 403
        assert api.get(url.partition("?")[0]).status_code == 401
        late = tokens.signature(api.gateway.secret, done["id"], 0, 1)
        path = f"{done['results'][0]['download_url']}?expires=1&signature={late}"
        assert api.get(path).json()["error"]["code"] == "expired_signature"
        token = {"x-job-token": done["job_token"]}
        assert api.get(done["results"][0]["download_url"], headers=token).status_code == 200
        until = int(parse_qs(urlsplit(url).query)["expires"][0])
        assert until - done["created"] <= tokens.VALID + 60


@pytest.mark.parametrize("index", ["1", "-1", "99999999999999999999", "9" * 5000, "x"])
def test_a_file_that_a_job_does_not_have_is_a_404(api, done, index):
    assert api.get(f"/v1/media/artifacts/{done['id']}/{index}").status_code == 404


def test_a_file_that_is_gone_from_the_disk_is_a_410(api):
    job = api.ended(api.make({"prompt": "soon gone"}))
    for path in api.gateway.settings.folder.glob(f"*{job['id']}*"):
        path.unlink()
    assert api.get(job["results"][0]["download_url"]).status_code == 410
