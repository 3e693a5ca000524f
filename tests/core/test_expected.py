"""What each first-party backend says beforehand of the files that will come."""

import msgspec
import pytest

from segue.job import Status, Ticket, Track
from segue.provider import Model
from segue.tasks import Extend, Generate, Source, Stems
from segue_local.provider import Local
from segue_marketplace import Marketplace
from segue_musicapi import MusicAPI
from segue_musicapi.files import of_track
from segue_venice import Venice

WALTZ = Generate(prompt="a slow waltz for strings")


def named(model, task=WALTZ):
    return msgspec.structs.replace(task, model=model)


@pytest.mark.parametrize(
    ("details", "containers"),
    [
        ({"supported_formats": ["flac"], "default_format": "flac"}, ("flac",)),
        ({"supported_formats": ["mp3", "wav"], "default_format": "WAV"}, ("wav", "mp3")),
        ({"default_format": "opus"}, ("ogg",)),
        ({"supported_formats": ["pcm", ""]}, ("mp3", "wav", "flac")),
        ({}, ("mp3", "wav", "flac")),
    ],
)
def test_venice_sends_what_its_catalogue_says_of_the_model(details, containers):
    models = [Model(id="m", details=details)]
    told = Venice().expected(named("m"), models)
    assert (told.containers, told.tracks) == (containers, 1)


def test_without_its_catalogue_venice_sends_what_its_specification_says():
    assert Venice().expected(named("m"), None).containers == ("mp3", "wav", "flac")


@pytest.mark.parametrize(
    ("model", "task", "containers", "tracks"),
    [
        (None, WALTZ, ("mp3",), 2),
        ("sonic", Extend(source=Source(track="c"), at=3.0), ("mp3",), 2),
        ("sonic", Extend(source=Source(url="https://a.example/b.mp3"), at=3.0), (), None),
        ("sonic", Stems(source=Source(track="c")), (), None),
        (
            "sonic",
            Generate(prompt="a", extra={"musicapi": {"auto_concat": True}}),
            (),
            None,
        ),
        ("riffusion", WALTZ, (), 2),
        ("producer", WALTZ, (), None),
        ("studio", WALTZ, (), None),
    ],
)
def test_musicapi_makes_what_its_documents_say(model, task, containers, tracks):
    told = MusicAPI().expected(named(model, task), None)
    assert (told.containers, told.tracks) == (containers, tracks)


def test_a_song_of_producers_can_be_downloaded_as_wav():
    where = "https://cdn.example/a"
    ticket = Ticket(provider="musicapi", id="t", job="j")
    track = Track(
        id="1", status=Status.SUCCEEDED, url=f"{where}.m4a", details={"wav_url": f"{where}-wav.wav"}
    )
    (asset,) = of_track(ticket, track)
    assert asset.containers == ("m4a",)
    assert {kind: call.url for kind, call in asset.instead.items()} == {"wav": f"{where}-wav.wav"}
    assert not asset.instead["wav"].keyed
    for details in ({}, {"wav_url": ""}, {"wav_url": 7}, {"wav_url": f"{where}.m4a"}):
        (asset,) = of_track(ticket, msgspec.structs.replace(track, details=details))
        assert not asset.instead


@pytest.mark.parametrize(
    ("model", "containers"),
    [
        ("venice-ace-step-15", ("mp3", "wav", "flac")),
        ("min30/venice-ace-step-15", ("mp3", "wav", "flac")),
        ("another", ()),
        (None, ()),
    ],
)
def test_of_the_marketplace_only_what_venice_makes_is_known(model, containers):
    assert Marketplace().expected(named(model), None).containers == containers


def test_the_composer_makes_what_is_named():
    assert Local().capabilities.makes == ("wav", "flac", "ogg", "mp3")
