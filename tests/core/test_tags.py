"""What a piece is stands in its file, and its sound is as it was."""

import hashlib
import json

import mutagen
import pytest
import soundfile
from encoded import M4A, SENT
from toy_vendor import Answer

import segue
from segue._files import codecs
from segue._files import tags as tagging


@pytest.fixture
def job(face, vendor, toy, monkeypatch):
    monkeypatch.delenv("SEGUE_TAGS")
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    vendor.says("/jobs/j1", Answer(body=b'{"status": "done", "url": "/songs/1"}'))

    def submitted(body, client=None):
        vendor.says("/songs/1", Answer(body=body, kind="audio/mpeg"))
        task = segue.Generate(prompt="a waltz, 漢字", title="Waltz")
        return face.do((client or face.client(toy)).submit, task)

    return submitted


def told(path):
    """Every tag, by a plain name."""
    found = {}
    for key, value in mutagen.File(path).tags.items():
        name = {"TIT2": "title", "\xa9nam": "title"}.get(key, key).lower()
        one = value[0] if isinstance(value, list) else value
        found[name.rpartition(":")[2]] = one.decode() if isinstance(one, bytes) else str(one)
    return found


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("kind", SENT)
def test_a_file_says_what_it_is_and_sounds_as_before(face, job, tmp_path, kind):
    (source := tmp_path / "source").write_bytes(SENT[kind])
    waiting = job(SENT[kind])
    (path,) = face.do(waiting.download, tmp_path / f"song.{kind}")
    seen = told(path)
    assert {name: seen[name] for name in ("title", "prompt", "backend")} == {
        "title": "A toy's song",
        "prompt": "a waltz, 漢字",
        "backend": "toy",
    }
    assert seen["job"] == waiting.ticket.job
    (file,) = waiting.delivery.files
    assert (file.sha256, file.bytes) == (digest(path), path.stat().st_size)
    assert soundfile.info(path).frames == soundfile.info(source).frames
    assert (soundfile.read(path)[0] == soundfile.read(source)[0]).all()


def test_the_sum_of_a_tagged_file_is_computed_once(face, job, tmp_path, monkeypatch):
    sums = []
    real, of_file = hashlib.sha256, hashlib.file_digest
    monkeypatch.setattr(hashlib, "sha256", lambda *data: sums.append(data) or real(*data))
    monkeypatch.setattr(hashlib, "file_digest", lambda *how: sums.append(()) or of_file(*how))
    waiting = job(SENT["flac"])
    sums.clear()
    face.do(waiting.download, tmp_path / "song.flac")
    assert len([data for data in sums if not data]) == 1


def test_an_mp4_gets_its_tags_as_well(tmp_path):
    (source := tmp_path / "a.wav").write_bytes(SENT["wav"])
    (path := tmp_path / "a.m4a").touch()
    codecs._by_av(source, path, "m4a", codecs.Event())
    tagging.tag(path, {"title": "Waltz", "prompt": "p", "job": "j"})
    assert {"title": "Waltz", "prompt": "p", "job": "j"}.items() <= told(path).items()


def test_what_the_vendor_wrote_stays(tmp_path):
    (path := tmp_path / "a.mp3").write_bytes(SENT["mp3"])
    file = mutagen.File(path)
    file.add_tags()
    file.tags.add(mutagen.id3.TPE1(encoding=3, text=["Somebody"]))
    file.save()
    tagging.tag(path, {"title": "Waltz"})
    assert told(path).items() >= {"title": "Waltz", "tpe1": "Somebody"}.items()


def test_flac_behind_an_id3_tag_stays_playable(tmp_path):
    head = b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)
    (path := tmp_path / "a.flac").write_bytes(head + SENT["flac"])
    tagging.tag(path, {"title": "Waltz"})
    assert told(path)["title"] == "Waltz"
    assert path.read_bytes().startswith(head)


@pytest.mark.parametrize("how", ["argument", "file", "environment"])
def test_without_tags_it_is_what_was_sent(face, job, vendor, toy, tmp_path, how, monkeypatch):
    config = tmp_path / "segue.toml"
    config.write_text("tags = false\n" if how == "file" else "")
    waiting = job(SENT["mp3"], face.client(toy, config=config))
    if how == "environment":
        monkeypatch.setenv("SEGUE_TAGS", "off")
        waiting = job(SENT["mp3"], face.client(toy, config=config))
    choice = {"tags": False} if how == "argument" else {}
    (path,) = face.do(waiting.download, tmp_path / "out" / "song.mp3", **choice)
    assert path.read_bytes() == SENT["mp3"]


def test_tags_that_fail_cost_no_file(face, job, tmp_path, monkeypatch):
    def broken(self, *how, **more):
        raise mutagen.MutagenError("the disk is full")

    monkeypatch.setattr(mutagen.mp3.MP3, "save", broken)
    waiting = job(SENT["mp3"])
    (path,) = face.do(waiting.download, tmp_path / "song.mp3")
    assert path.read_bytes() == SENT["mp3"]
    note = "song.mp3 is saved without tags: MutagenError: the disk is full"
    assert note in waiting.delivery.notes
    assert list(tmp_path.glob("*.part")) == []


def test_what_mutagen_does_not_know_is_saved_with_a_note(face, job, tmp_path):
    waiting = job(M4A)  # whole for us, and no real M4A for mutagen
    (path,) = face.do(waiting.download, tmp_path / "song.m4a")
    assert path.read_bytes() == M4A
    assert "song.m4a is saved without tags" in waiting.delivery.notes[0]


@pytest.mark.parametrize(("sent", "named"), [("wav", "ogg"), ("mp3", "mp3"), ("wav", "flac")])
@pytest.mark.parametrize("tags", [True, False])
def test_a_job_that_is_saved_again_finds_its_file(face, job, tmp_path, sent, named, tags):
    waiting = job(SENT[sent])
    (path,) = face.do(waiting.download, tmp_path / f"song.{named}", tags=tags)
    before = digest(path)
    assert face.do(waiting.download, tmp_path / f"song.{named}", tags=tags) == [path]
    assert [file.sha256 for file in waiting.delivery.files] == [before] == [digest(path)]
    assert list(tmp_path.iterdir()) == [path]


def test_the_original_stays_beside_what_was_made_of_it(face, job, tmp_path):
    waiting = job(SENT["mp3"])
    paths = face.do(waiting.download, tmp_path / "song.wav", keep_original=True)
    assert [path.name for path in paths] == ["song.wav", "song.original.mp3"]
    assert paths[1].read_bytes() == SENT["mp3"]
    made, original = waiting.delivery.files
    assert (made.kind, original.kind) == ("track", "original")
    assert [file.sha256 for file in (made, original)] == [digest(path) for path in paths]
    assert waiting.delivery.path == paths[0]
    assert face.do(waiting.download, tmp_path / "song.wav", keep_original=True) == paths


def test_what_is_not_converted_has_no_original(face, job, tmp_path):
    paths = face.do(job(SENT["mp3"]).download, tmp_path / "song.mp3", keep_original=True)
    assert [path.name for path in paths] == ["song.mp3"]


def test_an_original_overwrites_nothing(face, job, tmp_path):
    (tmp_path / "song.original.mp3").write_bytes(b"mine")
    paths = face.do(job(SENT["mp3"]).download, tmp_path / "song.wav", keep_original=True)
    assert [path.name for path in paths] == ["song.wav", "song.original-2.mp3"]
    assert (tmp_path / "song.original.mp3").read_bytes() == b"mine"


def test_the_command_line_says_all_that(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from segue.cli.app import app

    monkeypatch.delenv("SEGUE_TAGS")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEGUE_JOURNAL", str(tmp_path / "journal"))
    monkeypatch.setenv("SEGUE_PACE", "off")
    facts = []
    for name, extra in (("a.wav", []), ("b.wav", ["--no-tags"])):
        words = ["generate", "a waltz", "--duration", "1", "--seed", "7", "--json", "-q"]
        done = CliRunner().invoke(app, [*words, "-o", name, *extra])
        facts.append(json.loads(done.stdout))
    assert [fact["files"][0]["sha256"] for fact in facts] == [
        digest(tmp_path / name) for name in ("a.wav", "b.wav")
    ]
    seen = told(tmp_path / "a.wav")
    assert (seen["backend"], seen["seed"], seen["job"]) == ("local", "7", facts[0]["job"])
    assert seen["license"].startswith("yours")
    assert b"PROMPT" not in (tmp_path / "b.wav").read_bytes()
    one, two = (soundfile.read(tmp_path / name)[0] for name in ("a.wav", "b.wav"))
    assert (one == two).all()
