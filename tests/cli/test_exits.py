"""Every way to fail ends in one sentence and in the exit code that fits."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest


def ended(done):
    """The exit code and the one sentence."""
    sentences = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(sentences) == 1, done.output
    assert done.stderr.endswith(sentences[0] + "\n")
    assert done.stdout == ""
    return done.exit_code, sentences[0].removeprefix("error: ")


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["--durration", "3"], "--durration"),
        (["--duration", "-3"], r"duration=-3\.0 is not allowed: write a number above 0"),
        (["--duration", "long"], "--duration: 'long' is not a duration"),
        (["--vocal-gender", "x"], "--vocal-gender: 'x' is not one of female, male"),
        (["--bpm", "9000"], r"bpm=9000\.0 is not allowed"),
        (["--seed", "x"], "--seed: must be a whole number"),
        (["--timeout", "-1"], "--timeout: '-1' is negative"),
        (["--voice", "Ann"], "voice='Ann' is not supported"),
        (["--title", ""], "title='' is not allowed"),
        (["-b", "nobody"], "no installed distribution provides 'nobody'"),
        (["-b", "broken"], "plugin 'broken' .* of cli-plugins 1.0.* cannot be imported"),
        (["-b", "/x"], "names no provider"),
        (["--config", "none.toml"], "cannot read none.toml"),
        (["-o", "song.txt"], "is no audio file"),
        (["extra-argument"], "extra argument"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_sent(segue, args, named):
    code, sentence = ended(segue("generate", "hush", *args))
    assert code == 2
    assert re.search(named, sentence), sentence


def test_a_missing_prompt_is_wrong_usage(segue):
    assert ended(segue("generate")) == (
        2,
        "missing argument 'PROMPT'; try `segue generate --help`",
    )


def test_an_unknown_command_is_wrong_usage(segue):
    code, sentence = ended(segue("genrate"))
    assert code == 2
    assert "did you mean 'generate'" in sentence.lower()


def test_a_folder_that_cannot_be_written_to_is_found_before_submitting(segue):
    Path("file").write_text("")
    code, sentence = ended(segue("generate", "hush", "-b", "lost", "-o", "file/below/"))
    assert code == 2
    assert sentence.startswith("cannot write file/below: not a directory; choose another")


def test_an_existing_file_is_refused_before_submitting(segue):
    Path("a.wav").write_bytes(b"mine")
    code, sentence = ended(segue("generate", "hush", "-b", "lost", "-o", "a.wav"))
    assert (code, Path("a.wav").read_bytes()) == (2, b"mine")
    assert "a.wav exists already" in sentence


def test_a_full_disk_fails_and_names_the_job(segue, folder):
    code, sentence = ended(segue("generate", "hush", "-b", "full"))
    assert code == 1
    assert "no space left on device; free some space" in sentence
    assert re.search(r"the job is not affected: .*`segue jobs resume \w{10}`", sentence)
    assert list(folder.iterdir()) == []


def test_a_failed_job_gives_the_vendors_reason(segue, behaving):
    behaving(behaviour="fail")
    code, sentence = ended(segue("generate", "hush"))
    assert code == 1
    assert "somebody coughed" in sentence
    assert "resume" not in sentence


def test_an_unknown_outcome_has_an_exit_code_of_its_own(segue):
    code, sentence = ended(segue("generate", "hush", "-b", "lost"))
    assert code == 3
    assert "before you submit it again" in sentence


def test_a_timeout_has_an_exit_code_of_its_own_and_says_how_to_resume(segue, behaving):
    behaving(seconds=60.0)
    code, sentence = ended(segue("generate", "hush", "--timeout", "0.2"))
    assert code == 4
    assert re.search(r"goes on and stays billed: resume it with `segue jobs resume \w+`", sentence)


def test_a_fault_of_a_plugin_is_no_wrong_usage_once_there_is_a_job(segue):
    code, sentence = ended(segue("generate", "hush", "-b", "faulty"))
    assert code == 1
    assert "ZeroDivisionError: a number [31mtoo small" in sentence  # no escape to the terminal
    assert "segue jobs resume" in sentence


def test_an_unexpected_fault_is_one_sentence_with_a_hint(segue, monkeypatch):
    monkeypatch.setattr("segue._engine.submit.wait", lambda *_, **__: 1 / 0)
    code, sentence = ended(segue("generate", "hush"))
    assert code == 1
    assert sentence.startswith("internal error: ZeroDivisionError")
    assert "SEGUE_DEBUG=1" in sentence
    assert "segue jobs resume" in sentence


def test_debug_shows_the_traceback(segue, monkeypatch):
    monkeypatch.setenv("SEGUE_DEBUG", "1")
    done = segue("generate", "hush", "-b", "nobody")
    assert done.exit_code == 2
    assert "Traceback" in done.stderr


@pytest.mark.parametrize(
    ("args", "kind", "code"),
    [
        (["-b", "nobody"], "UnknownProvider", 2),
        (["--seed", "x"], "BadParameter", 2),
        (["-b", "lost"], "SubmissionUnknown", 3),
        (["-b", "full"], "TargetError", 1),
    ],
)
def test_json_is_one_object_on_failure_too(segue, args, kind, code):
    done = segue("generate", "hush", "--json", *args)
    told = json.loads(done.stdout)
    assert (done.exit_code, told["ok"]) == (code, False)
    assert (told["error"]["type"], told["error"]["exit_code"]) == (kind, code)
    assert told["error"]["code"].replace("_", "").isalpha()
    assert told["error"]["message"]
    assert told["error"]["advice"]
    assert ("ticket" in told["error"]) == (kind == "TargetError")


def test_json_as_a_prompt_asks_for_no_json(segue):
    done = segue("generate", "-b", "nobody", "--", "--json")
    assert (done.exit_code, done.stdout) == (2, "")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["genrate", "x"], "no such command: 'genrate'; did you mean 'generate'?"),
        (["jobs", "resum"], "no such command: 'resum'; did you mean 'resume'?"),
        (
            ["generate", "x", "--duraton", "3"],
            "no such option: --duraton; did you mean '--duration'?",
        ),
        (["generate", "x", "--zzz"], "no such option: --zzz; try `segue generate --help`"),
        (["generate", "x", "--vocal-gender", "femal"], "of female, male; did you mean 'female'?"),
        (["generate", "x", "--unsupported", "ignor"], "error, ignore; did you mean 'ignore'?"),
        (["jobs", "--state", "delivred"], "forgotten; did you mean 'delivered'?"),
        (["generate", "x", "--bpm", "x"], "--bpm: must be a number; try"),
        (["generate", "x", "--seed", "1.5"], "--seed: must be a whole number; try"),
        (["generate", "x", "-b", "silense"], "did you mean 'silence'?"),
    ],
)
def test_what_is_misspelt_is_answered_with_what_was_meant(segue, args, told):
    done = segue(*args)
    assert done.exit_code == 2
    assert told in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("sentence", "plain"),
    [  # of other versions of Typer
        (
            "no such option: --x Did you mean --y?",
            ("no such option: --x", "did you mean '--y'?"),
        ),
        (
            "invalid value for '--bpm': 'x' is not a valid float.",
            ("invalid value for --bpm: must be a number", ""),
        ),
        (
            "invalid value for '--seed': 'x' is not a valid int.",
            ("invalid value for --seed: must be a whole number", ""),
        ),
        ("something of tomorrow", ("something of tomorrow", "")),
    ],
)
def test_the_words_of_other_versions_are_understood_or_left(sentence, plain):
    from segue.cli.usage import rewrite

    assert rewrite(sentence) == plain


def test_advice_is_given_in_the_words_of_the_command_line(segue):
    done = segue("generate", "hush", "--voice", "Ann")
    assert done.stderr.rstrip().endswith("leave it out, or have it dropped: --unsupported ignore")
    segue("generate", "hush", "-o", "song.wav")
    done = segue("generate", "hush", "-o", "song.wav")
    assert "song.wav exists already" in done.stderr
    assert "overwriting" not in done.stderr
