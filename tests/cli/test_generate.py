"""What `segue generate` prints and where, when all goes well."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from segue.job import Ticket


def test_the_standard_output_has_the_path_and_nothing_else(segue):
    done = segue("generate", "hush", "-o", "out/quiet.wav")
    assert (done.exit_code, done.stdout) == (0, "out/quiet.wav\n")
    assert Path("out/quiet.wav").read_bytes().startswith(b"RIFF")


def test_without_a_terminal_there_is_a_plain_line_for_every_change(segue, named):
    done = segue("generate", "hush")
    lines = done.stderr.splitlines()
    assert lines[0].startswith("submitted: job ")
    assert lines[1:3] == ["succeeded", f"saving {named()}"]
    assert re.fullmatch(r"Silence  0:01 · 16\.\d kB · wav", lines[3])  # with its tags
    assert "\x1b" not in done.output


def test_quiet_prints_the_path_only(segue, named):
    assert segue("generate", "hush", "--quiet").output == f"{named()}\n"


def test_json_is_one_object_that_tells_everything(segue):
    done = segue("generate", "hush", "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 0
    assert told["ok"]
    assert (told["backend"], told["status"], len(told["job"])) == ("silence", "succeeded", 10)
    [file] = told["files"]
    data = Path(file["path"]).read_bytes()
    assert (file["bytes"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert (file["container"], file["kind"], file["title"]) == ("wav", "track", "Silence")
    assert file["seconds"] == 1.0
    assert {"notes", "understood"} <= told.keys()


def test_no_wait_prints_the_ticket(segue, folder):
    done = segue("generate", "hush", "--no-wait")
    assert Ticket.from_json(done.stdout).provider == "silence"
    assert list(folder.iterdir()) == []


def test_no_wait_with_json_has_the_ticket_in_the_object(segue):
    told = json.loads(segue("generate", "hush", "--no-wait", "--json").stdout)
    assert told["ticket"]["job"] == told["job"]
    assert told["status"] == "submitted"


def test_the_backend_of_the_option_beats_the_environment(segue):
    told = json.loads(segue("generate", "hush", "-b", "keen", "--json").stdout)
    assert told["backend"] == "keen"


def test_a_dropped_field_is_told(segue):
    done = segue("generate", "hush", "--voice", "Ann", "--unsupported", "ignore", "--json")
    assert done.exit_code == 0
    assert "note: dropped: voice='Ann'" in done.stderr
    assert any("dropped: voice='Ann'" in note for note in json.loads(done.stdout)["notes"])


def test_the_folder_of_the_configuration_is_used(segue, named):
    Path("mine.toml").write_text('to = "music"\n')
    done = segue("generate", "hush", "--config", "mine.toml", "-q")
    assert done.stdout == f"music/{named()}\n"


def test_a_second_run_takes_another_name_in_a_folder(segue, named):
    assert segue("generate", "hush", "-q").stdout == (first := f"{named()}\n")
    assert segue("generate", "hush", "-q").stdout == f"{named()}\n" != first
    assert len(list(Path().glob("*.wav"))) == 2


def test_in_a_folder_nothing_is_written_over(segue, named):
    job = json.loads(segue("generate", "hush", "--no-wait").stdout)["job"]
    Path(named()).write_bytes(b"another piece")
    assert segue("jobs", "resume", job, "-q").stdout == f"{Path.cwd()}/hush-{job}-2.wav\n"
    assert Path(named()).read_bytes() == b"another piece"


def test_overwrite_replaces_the_file(segue):
    Path("a.wav").write_bytes(b"old")
    assert segue("generate", "hush", "-o", "a.wav", "--overwrite").exit_code == 0
    assert Path("a.wav").read_bytes().startswith(b"RIFF")


def test_after_a_failure_that_costs_nothing_the_next_backend_makes_it(segue, named):
    done = segue("generate", "hush", "-b", "free", "-b", "silence")
    assert (done.exit_code, done.stdout) == (0, f"{named()}\n")
    first, *rest = done.stderr.splitlines()
    assert (first.partition(" at ")[2], rest[0]) == ("free", "failed")
    assert rest[1].startswith("note: free failed: job ")
    assert rest[2].partition(" at ")[2] == "silence"


def test_the_job_of_a_failure_that_costs_nothing_is_not_said_to_go_on(segue):
    done = segue("generate", "hush", "-b", "free", "-b", "interrupted")
    assert done.exit_code == 130
    assert "interrupted while the job was being submitted" in done.stderr
    assert "goes on" not in done.stderr


def test_when_no_backend_is_left_all_are_named(segue):
    done = segue("generate", "hush", "-b", "free", "-b", "free/other")
    assert done.exit_code == 1
    error = done.stderr.splitlines()[-1]
    assert error.count("nobody took it") == 2
    assert "segue jobs resume" not in error
