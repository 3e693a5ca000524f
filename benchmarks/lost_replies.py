"""A share of all replies is lost after the vendor acted: who is charged twice, what is lost?"""

from __future__ import annotations

import argparse

from benchmarks.arena import Played, play
from benchmarks.entrants import entered, paired
from benchmarks.entrants import options as common
from benchmarks.environments import Environments
from benchmarks.tables import Table
from benchmarks.vendor import Setting

NAMES = ("segue-async", "segue-fast", "venice-py", "httpx-async", "musicapi-sdk")


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--losing", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--typical", type=float, default=5.0, help="median job time in seconds")
    parser.add_argument("--interval", type=float, default=2.5)
    parser.add_argument("--only", nargs="+", default=NAMES, help="these contenders")
    common(parser)


def measure(chosen: argparse.Namespace) -> Table:
    """The vendor's ledger beside each client's files."""
    setting = Setting(seed=chosen.seed, losing=chosen.losing, typical=chosen.typical)
    environments, skipped = Environments(here=chosen.here), dict[str, str]()
    choices = {"jobs": chosen.jobs, "at_once": True, "interval": chosen.interval}
    rows = [
        _row(entrant.label, play(entrant, setting, environments, **choices))
        for entrant in paired(entered(chosen.only, environments, skipped), chosen.against)
    ]
    return Table(title=f"{chosen.losing:.0%} of replies lost", rows=rows, skipped=skipped)


def _row(name: str, played: Played) -> dict[str, object]:
    """`lost` are charged and not on disk, whatever was said of them; of those, Segue's journal
    holds each as delivered, in doubt, or to be resumed."""
    charges = {prompt: n for prompt, n in played.charges.items() if prompt != "a warm-up"}
    missing = charges.keys() - played.landed.keys()
    return {
        "": name,
        "jobs": len(played.began),
        "charged": sum(charges.values()),
        "delivered": len(played.landed),
        "charged twice": sum(count > 1 for count in charges.values()),
        "charged, not delivered": len(missing),
        "of which named as unknown": played.errors.get("SubmissionUnknown", 0),
        "errors": " ".join(f"{kind} {n}" for kind, n in sorted(played.errors.items())),
    }
