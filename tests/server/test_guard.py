"""Who is let in: hosts, origins, sizes; and keys where others reach the server."""

import pytest

from .serving import MUSIC, serving


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.", "", "["])
def test_a_foreign_host_is_refused(api, host):
    reply = api.get(MUSIC, headers={"host": host})
    assert reply.status_code in (400, 403)


@pytest.mark.parametrize("host", ["localhost:7", "127.0.0.1", "[::1]:80", "LOCALHOST"])
def test_a_name_of_this_machine_is_not(api, host):
    assert api.get(MUSIC, headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1.evil.example"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "http://localhost"},
        {"origin": "http://127.0.0.1:port"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_pages_of_other_sites_are_refused(api, headers, method):
    reply = api.request(method, f"{MUSIC}/x", headers=headers)
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "forbidden_origin")


def test_the_servers_own_page_is_not(api):
    assert api.get(MUSIC, headers={"origin": str(api.base_url).rstrip("/")}).status_code == 200


@pytest.mark.parametrize(
    ("origin", "host", "status"),
    [
        ("https://music.example.com", "music.example.com", 200),
        ("https://music.example.com", "music.example.com:443", 200),
        ("https://music.example.com", "127.0.0.1:8932", 200),
        ("https://other.example.com", "music.example.com", 403),
        ("http://127.0.0.1:8000", "127.0.0.1:8932", 403),
    ],
)
def test_behind_a_proxy_its_page_is_the_servers_own(tmp_path, origin, host, status):
    with serving(tmp_path, public_url="https://music.example.com") as api:
        assert api.get("/healthz", headers={"origin": origin, "host": host}).status_code == status


def test_any_loopback_address_answers_by_its_own_name(tmp_path):
    with serving(tmp_path, host="127.0.0.2") as api:
        assert api.get("/healthz", headers={"host": "127.0.0.2:8932"}).status_code == 200
        assert api.get("/healthz", headers={"host": "127.0.0.3:8932"}).status_code == 403


def test_a_body_that_is_too_large_is_refused(api):
    assert api.make({"prompt": "x" * 1_000_001}).status_code == 413
    chunks = (b"x" * 100_000 for _ in range(20))
    assert api.post(MUSIC, content=chunks).status_code == 413


def test_no_answer_may_be_framed_or_sniffed(api):
    headers = api.get("/healthz").headers
    assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("DENY", "nosniff")


def test_the_marketplaces_own_key_does_no_harm_on_loopback(api):
    reply = api.get(MUSIC, headers={"authorization": "Bearer inf_abc"})
    assert reply.status_code == 200


def test_where_others_reach_the_server_everything_needs_a_key(tmp_path):
    with serving(tmp_path, keyed=True) as api:
        key = api.gateway.store.add_key("ada")
        for path in (MUSIC, f"{MUSIC}/x", "/v1/media/artifacts/x/0"):
            reply = api.get(path)
            assert (reply.status_code, reply.json()["error"]["code"]) == (401, "missing_api_key")
        assert api.make().status_code == 401
        assert api.get("/healthz").status_code == 200
        assert api.get(MUSIC, headers={"authorization": f"Bearer {key}"}).status_code == 200
        reply = api.get(MUSIC, headers={"authorization": "Bearer inf_abc"})
        assert reply.json()["error"]["code"] == "invalid_api_key"


def test_a_key_sees_its_own_jobs_only_and_none_after_it_is_revoked(tmp_path):
    with serving(tmp_path, keyed=True) as api:
        ada, bob = ({"authorization": f"Bearer {api.gateway.store.add_key(n)}"} for n in "ab")
        job = api.post(
            MUSIC, json={"model": "local", "prompt": "a", "duration_seconds": 1}, headers=ada
        ).json()
        assert api.get(job["poll_url"], headers=ada).status_code in (200, 202)
        assert api.get(job["poll_url"], headers=bob).status_code == 404
        assert api.delete(job["poll_url"], headers=bob).status_code == 404
        assert api.get(job["events_url"], headers=bob).status_code == 404
        api.headers.update(ada)
        (file,) = api.ended(job["id"])["results"]
        del api.headers["authorization"]
        assert api.get(file["download_url"], headers=ada).status_code == 200
        assert api.get(file["download_url"], headers=bob).status_code == 404
        assert api.get(MUSIC, headers=bob).json()["data"] == []
        assert len(api.get(MUSIC, headers=ada).json()["data"]) == 1
        token = {"x-job-token": job["job_token"]}
        assert api.get(job["poll_url"], headers=token).status_code in (200, 202)
        assert api.delete(job["poll_url"], headers=token).status_code == 401
        assert api.gateway.store.revoke("a")
        assert api.get(job["poll_url"], headers=ada).status_code == 401


def test_a_key_may_use_its_backends_only_and_so_many_a_minute(tmp_path):
    with serving(tmp_path, keyed=True) as api:
        key = api.gateway.store.add_key("ada", backends=["local"], per_minute=2)
        api.headers["authorization"] = f"Bearer {key}"
        refused = api.make({"model": "venice/ace-step-15"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (
            403,
            "backend_not_allowed",
        )
        assert [api.make().status_code for _ in range(3)] == [202, 202, 429]
        assert int(api.make().headers["retry-after"]) <= 60


def test_no_key_is_on_the_disk(tmp_path):
    with serving(tmp_path) as api:
        key = api.gateway.store.add_key("ada")
        files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not [content for content in files if key.encode() in content]
    assert (tmp_path / "server.sqlite3").stat().st_mode & 0o077 == 0
