"""Downloads that break off: two files are never glued together, whatever answers a range."""

import gzip

import pytest
from toy_vendor import WAV, Answer

from segue.errors import DownloadError

OTHER = WAV[:44] + WAV[44:][::-1]
BROKEN_AT = 40_000
CHANGED = {"last-modified": "Tue, 01 Jul 2025 10:00:00 GMT"}
LATER = {"last-modified": "Wed, 02 Jul 2025 10:00:00 GMT"}


@pytest.fixture
def job(face, vendor, toy):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    vendor.says("/jobs/j1", Answer(body=b'{"status": "done", "url": "/songs/1"}'))
    return face.do(face.client(toy).submit, "a waltz")


def start_of(request):
    return int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))


def cut(body=WAV, **headers):
    return Answer(body=body, kind="audio/wav", cut=BROKEN_AT, headers=headers)


def part(body, *, shift=0, total=None, last=None, status=206, **headers):
    """A server that answers a range with a part of `body`, and anything else with all of it."""

    def answer(request):
        start = start_of(request)
        if not start:
            return Answer(body=body, kind="audio/wav", headers=headers)
        start += shift
        end = len(body) if last is None else last(start)
        told = f"bytes {start}-{end - 1}/{total or len(body)}"
        return Answer(
            status=status,
            body=body[start:end],
            kind="audio/wav",
            headers={"content-range": told, **headers},
        )

    return answer


V1, V2, WEAK = {"etag": '"v1"'}, {"etag": '"v2"'}, {"etag": 'W/"v1"'}

OTHERS = {  # headers of the first answer, and of the part of another file
    "another etag": (V1, V2),
    "no etag any more": (V1, {}),
    "a weak etag": (WEAK, WEAK),
    "no validator at all": ({}, {}),
    "another date": (CHANGED, LATER),
    "the same etag and another date": (V1 | CHANGED, V1 | LATER),
    "the same date and another etag": (V1 | CHANGED, V2 | CHANGED),
    "a date of this moment": ({"last-modified": "Fri, 01 Jan 2100 00:00:00 GMT"},) * 2,
    "a date that is none": ({"last-modified": "yesterday"},) * 2,
    "an etag that is none": ({"etag": "v1"},) * 2,
    "an empty etag": ({"etag": ""},) * 2,
}


@pytest.mark.parametrize(("first", "then"), OTHERS.values(), ids=OTHERS)
def test_a_part_of_another_file_is_never_appended(face, job, vendor, tmp_path, first, then):
    vendor.says("/songs/1", cut(**first), part(OTHER, **then))
    (path,) = face.do(job.download, tmp_path / "song.wav")
    assert path.read_bytes() == OTHER


ODD = {
    "from an earlier byte": part(WAV, shift=-4, **V1),
    "from a later byte": part(WAV, shift=4, **V1),
    "of another total": part(WAV, total=len(WAV) + 9, **V1),
    "an unknown total": part(WAV, total="*", **V1),
    "a total that is no number": part(WAV, total="\xb2", **V1),
    "a total of 5,000 digits": part(WAV, total="9" * 5_000, **V1),
    "refused as not satisfiable": part(WAV, status=416, **V1),
    "refused as a bad request": part(WAV, status=400, **V1),
    "refused as not implemented": part(WAV, status=501, **V1),
    "refused as a failed condition": part(WAV, status=412, **V1),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_answer_to_a_range_leads_to_the_whole_file(face, job, vendor, tmp_path, odd):
    vendor.says("/songs/1", cut(**V1), odd)
    (path,) = face.do(job.download, tmp_path / "song.wav")
    assert path.read_bytes() == WAV
    assert start_of(vendor.asked("/songs/1")[1]) > 0


def multipart(request):
    if not (start := start_of(request)):
        return Answer(body=WAV, kind="audio/wav", headers=V1)
    head = f"--x\r\ncontent-range: bytes {start}-{len(WAV) - 1}/{len(WAV)}\r\n\r\n".encode()
    body = head + WAV[start:] + b"\r\n--x--\r\n"
    return Answer(status=206, body=body, kind="multipart/byteranges; boundary=x", headers=V1)


def compressed(request):
    start = start_of(request)
    headers = {"content-encoding": "gzip", **V1}
    body = gzip.compress(WAV[start:])
    if start:
        headers["content-range"] = f"bytes {start}-{len(WAV) - 1}/{len(WAV)}"
    return Answer(status=206 if start else 200, body=body, kind="audio/wav", headers=headers)


def whole(_request):
    return Answer(body=OTHER, kind="audio/wav", headers=V2)


@pytest.mark.parametrize(("then", "body"), [(multipart, WAV), (compressed, WAV), (whole, OTHER)])
def test_an_answer_of_another_kind_leads_to_the_whole_file(face, job, vendor, tmp_path, then, body):
    vendor.says("/songs/1", cut(**V1), then)
    (path,) = face.do(job.download, tmp_path / "song.wav")
    assert path.read_bytes() == body


def test_a_compressed_body_that_breaks_off_is_not_continued(face, job, vendor, tmp_path):
    broken = Answer(
        body=gzip.compress(WAV * 40, 0),
        kind="audio/wav",
        cut=BROKEN_AT,
        headers={"content-encoding": "gzip", **V1},
    )
    vendor.says("/songs/1", broken, part(WAV, **V1))
    (path,) = face.do(job.download, tmp_path / "song.wav")
    assert path.read_bytes() == WAV
    assert [start_of(request) for request in vendor.asked("/songs/1")] == [0, 0]


@pytest.mark.parametrize("same", [V1, CHANGED, V1 | CHANGED, WEAK | CHANGED])
def test_the_same_file_is_continued(face, job, vendor, tmp_path, same):
    vendor.says("/songs/1", cut(**same), part(WAV, **same))
    (path,) = face.do(job.download, tmp_path / "song.wav")
    assert path.read_bytes() == WAV
    first, second = vendor.asked("/songs/1")
    assert (start_of(first), start_of(second) > 0) == (0, True)
    assert second.headers["if-range"] in same.values()


def test_a_file_that_comes_in_parts_is_whole_in_the_end(face, job, vendor, tmp_path):
    vendor.says(
        "/songs/1", cut(**V1), part(WAV, last=lambda start: min(start + 30_000, len(WAV)), **V1)
    )
    (path,) = face.do(job.download, tmp_path / "song.wav")
    assert path.read_bytes() == WAV


def test_a_part_that_is_followed_by_more_than_it_announces_is_not_the_file(
    face, job, vendor, tmp_path
):
    def longer(request):
        if not (start := start_of(request)):
            return Answer(body=WAV, kind="audio/wav", headers=V1)
        told = f"bytes {start}-{len(WAV) - 1}/{len(WAV)}"
        chunk = WAV[start:] + b"more"
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(chunk), chunk)
        headers = {"content-range": told, "transfer-encoding": "chunked", **V1}
        return Answer(status=206, body=body, kind="audio/wav", headers=headers)

    vendor.says("/songs/1", cut(**V1), longer)
    (path,) = face.do(job.download, tmp_path / "song.wav")
    assert path.read_bytes() == WAV


def test_a_part_that_nobody_requested_is_not_the_file(face, job, vendor, tmp_path):
    told = {"content-range": f"bytes 10-{len(WAV) - 1}/{len(WAV)}", **V1}
    vendor.says("/songs/1", Answer(status=206, body=WAV[10:], kind="audio/wav", headers=told))
    with pytest.raises(DownloadError):
        face.do(job.download, tmp_path / "song.wav")
    assert not (tmp_path / "song.wav").exists()
