"""`segue generate --key` and `--label`: the same command again makes nothing anew."""

import json
from pathlib import Path

import pytest


def told(segue, *options):
    done = segue("generate", "hush", "--json", *options)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("output", ["out/", "song.wav"])
def test_the_same_command_again_gets_the_same_piece(segue, journal, output):
    one, two = (told(segue, "--key", "order-7", "-o", output) for _ in range(2))
    assert one["job"] == two["job"]
    paths = [[Path(file["path"]).absolute() for file in each["files"]] for each in (one, two)]
    assert paths[0] == paths[1]
    assert len(journal.entries()) == 1
    assert journal.entries()[0].order_key == "order-7"


def test_a_ticket_is_printed_again_too(segue, journal):
    one, two = (told(segue, "--key", "order-7", "--no-wait") for _ in range(2))
    assert one["ticket"] == two["ticket"]
    assert len(journal.entries()) == 1


def test_another_task_under_the_key_is_refused(segue, journal):
    told(segue, "--key", "order-7")
    done = segue("generate", "a drone", "--key", "order-7", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"]["code"] == "key_reused"
    assert len(journal.entries()) == 1


@pytest.mark.parametrize("several", [["--count", "2"], ["--from", "prompts.txt"]])
def test_a_key_is_for_one_piece(segue, journal, several):
    Path("prompts.txt").write_text("hush")
    prompt = [] if "--from" in several else ["hush"]
    done = segue("generate", *prompt, "--key", "order-7", *several)
    assert (done.exit_code, "a key is for one piece" in done.stderr) == (2, True)
    assert not journal.entries()


@pytest.mark.parametrize("bad", ["", " x"])
def test_a_bad_key_is_wrong_usage(segue, journal, bad):
    done = segue("generate", "hush", "--key", bad)
    assert (done.exit_code, "1 to 255 printable characters" in done.stderr) == (2, True)
    assert not journal.entries()


@pytest.mark.parametrize("several", [[], ["--count", "2"]])
def test_labels_go_with_every_piece(segue, journal, several):
    done = segue("generate", "hush", "--label", "user=7", "--label", "shop=a=b", *several)
    assert done.exit_code == 0, done.stderr
    assert {tuple(entry.labels.items()) for entry in journal.entries()} == {
        (("user", "7"), ("shop", "a=b"))
    }


def test_what_is_no_label_is_wrong_usage(segue, journal):
    done = segue("generate", "hush", "--label", "user")
    assert (done.exit_code, "NAME=VALUE" in done.stderr) == (2, True)
    assert not journal.entries()
