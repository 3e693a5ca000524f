"""Providers that say the wrong things of themselves."""

from __future__ import annotations

from segue.provider import Cadence, Options, Provider
from tests.kit.eager import Eager
from tests.kit.faulty.fault import Fault, able, takes, with_
from tests.kit.metronome import Metronome


class City(Options, frozen=True, kw_only=True):
    city: str


def only_keywords(self: Metronome, *, settings: Options | None = None) -> None:
    Provider.__init__(self, settings)


DECLARED = [
    Fault("test_its_name_can_stand_in_a_backend_key", with_(name="Metro/nome"), "lower-case"),
    Fault("test_it_is_made_for_this_plugin_api", with_(plugin_api=99), "write `plugin_api = "),
    Fault("test_it_can_be_made_without_settings", with_(options=City), "every option a default"),
    Fault(
        "test_it_can_be_made_without_settings", with_(__init__=only_keywords), "take the settings"
    ),
    Fault("test_it_can_be_made_without_settings", with_(options=dict), "a subclass of"),
    Fault("test_its_capabilities_are_what_it_defines", able(balance=False), "do not say balance"),
    Fault(
        "test_its_capabilities_are_what_it_defines",
        with_(release=Provider.release),
        "release() is not defined",
    ),
    Fault("test_its_tasks_have_the_fields_that_it_lists", takes("tempo"), "lists tempo"),
    Fault("test_its_tasks_have_the_fields_that_it_lists", able(tasks={}), "do not list Generate"),
    Fault("test_it_says_whether_a_job_can_be_stopped", able(cancel=False), "write cannot_cancel="),
    Fault(
        "test_it_says_whether_a_job_can_be_stopped",
        able(cannot_cancel="it cannot be stopped"),
        "leave out the sentence",
    ),
    Fault("test_its_address_can_be_used", with_(base_url="http://metronome.invalid"), "https"),
    Fault("test_its_address_can_be_used", with_(base_url=""), "base_url is empty"),
    Fault("test_its_pace_can_be_kept", with_(cadence=Cadence(growth=0.5)), "growth"),
    Fault(
        "test_a_404_just_after_the_submission_ends_no_job",
        with_(cadence=Cadence(settles=0.0)),
        "declare Cadence(settles=",
    ),
    Fault("test_its_entry_point_leads_to_it", with_(name="venice"), "leads to"),
    Fault("test_importing_it_asks_nothing_of_the_network", Eager, "wanted the network"),
]
