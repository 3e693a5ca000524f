"""One bad value spoils one file: what stands beside it is saved, and the job can be resumed."""

import pytest
from toy_vendor import WAV, Answer, Toy

from segue._config.base_url import unusable
from segue._effects.account import Account
from segue._files.atomic import Landing
from segue.errors import BrokenPlugin, DownloadError, TargetError
from segue.flow import Call
from segue.job import Asset

BAD = {
    "a port that is too high": "https://cdn.example:99999/1.wav",
    "port 0": "https://cdn.example:0/1.wav",
    "a port that is no number": "https://cdn.example:²/1.wav",
    "half an IPv6 address": "http://[::1",
    "half an IPv6 address with a path": "https://[::1/1.wav",
    "no IPv6 address": "https://[nonsense]/1.wav",
    "no punycode": "https://xn--/1.wav",
    "odd punycode": "https://xn--a.example/1.wav",
    "a label that is empty": "https://cdn..example/1.wav",
    "a label that is too long": f"https://{'a' * 64}.example/1.wav",
    "a host that is too long": f"https://{'a.' * 130}example/1.wav",
    "no IPv4 address": "https://1.2.3.999/1.wav",
    "no host": "https:///1.wav",
    "a host with a space": "https://cdn .example/1.wav",
    "a percent sign in the host": "https://%41.example/1.wav",
    "a line break": "https://cdn.example/1\n.wav",
    "a NUL": "https://cdn.example/\0.wav",
    "half an emoji": "https://cdn.example/\ud83d.wav",
    "an address without end": f"https://cdn.example/{'1' * 70_000}",
    "nothing": "",
    "blanks": "  ",
    "a file of this machine": "file:///etc/passwd",
    "data": "data:audio/wav;base64,UklGRg==",
    "mail": "mailto:x",
    "a scheme alone": "https:",
    "another protocol": "ftp://cdn.example/1.wav",
    "script": "javascript:alert(1)",
}


class Pair(Toy):
    """Offers two files: the first at an address that a test chooses."""

    bad = ""

    def download(self, ticket, snapshot):
        yield from ()
        return [
            Asset(kind="track", name=name, containers=("wav",), source=Call(method="GET", url=url))
            for name, url in (("bad", self.bad), ("good", "/songs/1"))
        ]


@pytest.fixture
def pair(face, vendor, toy):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    vendor.says("/jobs/j1", Answer(body=b'{"status": "done"}'))
    vendor.says("/songs/1", Answer(body=WAV, kind="audio/wav"))
    provider = Pair()

    def job(url):
        provider.bad = url
        return face.do(face.client(provider).submit, "a waltz")

    return job


def named(job, track):
    """What a track's file is called: `bad` is the first of the two."""
    return f"a-waltz-{job.ticket.job}{'-2' if track == 'good' else ''}.wav"


@pytest.mark.parametrize("url", BAD.values(), ids=BAD)
def test_an_address_that_is_none_spoils_its_own_file_only(face, pair, tmp_path, url):
    job = pair(url)
    with pytest.raises(DownloadError, match="1 of 2 files") as caught:
        face.do(job.download, tmp_path / "out")
    assert not isinstance(caught.value, BrokenPlugin)
    assert caught.value.ticket == job.ticket
    assert len(str(caught.value)) < 1200
    assert "check the network" not in str(caught.value)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [named(job, "good")]


SENT = {
    name: url
    for name, url in BAD.items()
    if url.isascii() and url.isprintable() and url.strip() and len(url) < 60_000
}


@pytest.mark.parametrize("url", SENT.values(), ids=SENT)
def test_a_redirect_to_no_address_spoils_its_own_file_only(face, pair, vendor, tmp_path, url):
    vendor.says("/elsewhere", Answer(status=302, headers={"location": url}))
    job = pair("/elsewhere")
    with pytest.raises(DownloadError, match="1 of 2 files"):
        face.do(job.download, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == [named(job, "good")]


@pytest.mark.parametrize("url", [url for url in BAD.values() if "://" in url and ":///" not in url])
def test_no_account_owns_what_is_no_address(url):
    account = Account("toy", base_url="https://toy.example", secret=lambda: "toy-key-1234")
    assert not account.owns(account.absolute(url))


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.example/1.wav",
        "https://cdn.example:8443/a b?sig=%2F",
        "https://cdn.example./1.wav",
        "https://my_bucket.s3.example/1.wav",
        "http://127.0.0.1:80/",
        "http://[::1]:80/",
        "https://bücher.example/",
        "https://xn--bcher-kva.example/",
        "HTTPS://CDN.EXAMPLE/1.WAV",
    ],
)
def test_what_can_be_requested_is_usable(url):
    assert unusable(url) is None


NUMBERS = ["²", "٣", "9" * 5_000, "-1", "1e3", "0x10", "+5", " "]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_length_that_is_no_number_spoils_nothing(face, pair, vendor, tmp_path, number):
    """Where the HTTP client itself does not refuse it, the length counts as not announced."""
    told = {"content-range": f"bytes 0-10/{number}", "x-length": number}
    told = {name: text.encode("utf-8").decode("latin-1") for name, text in told.items()}
    vendor.says("/odd", Answer(body=WAV, kind="audio/wav", headers=told))
    job = pair("/odd")
    paths = face.do(job.download, tmp_path / "out")
    assert [path.name for path in paths] == [named(job, "bad"), named(job, "good")]


def test_a_file_that_the_disk_refuses_spoils_no_other(face, pair, tmp_path, monkeypatch):
    finish = Landing.finish

    def refused(self):
        if self._save.asset.name == "bad":
            raise TargetError("cannot write bad.wav: file name too long")
        return finish(self)

    monkeypatch.setattr(Landing, "finish", refused)
    job = pair("/songs/1")
    with pytest.raises(TargetError, match=r"1 of 2 files .* file name too long.*-2\.wav") as caught:
        face.do(job.download, tmp_path / "out")
    assert caught.value.ticket == job.ticket
    assert [path.name for path in (tmp_path / "out").iterdir()] == [named(job, "good")]
    monkeypatch.undo()
    assert len(face.do(job.download, tmp_path / "out")) == 2
