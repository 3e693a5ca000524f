"""What it costs to begin: a bare import, a client made, its first request sent; with the peers'.

Each in a new process of an environment that holds what its own `pip install` brings: httpx
imports rich and click where it finds them, so a common environment would flatter and blame.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from benchmarks.arena import ledger, vendor
from benchmarks.entrants import options as common
from benchmarks.environments import ROOT, Environments, alone
from benchmarks.start_up_steps import SENT, STEPS, Step
from benchmarks.tables import Table, ratios, spread
from benchmarks.vendor import Setting

BARE, THEIRS = "python alone", "musicapi-sdk"
_LAST_WORDS = """
import atexit, sys
def told():
    try:
        lines = open("/proc/self/status").read().splitlines()
        peak = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
    except OSError:
        import resource
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print("", peak, len(sys.modules), file=sys.stderr)
atexit.register(told)
"""


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What a process took: CPU and wall seconds, its peak in MB, and the modules at its end."""

    cpu: float
    wall: float
    peak: float
    modules: int


@dataclass(frozen=True, kw_only=True)
class Runner:
    """A step with its label in the table, and the checkout whose Segue it is."""

    label: str
    step: Step
    checkout: Path = ROOT
    before: str = ""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument(
        "--only", nargs="+", metavar="WHO", help="these, by the table's first words"
    )
    common(parser)


def measure(chosen: argparse.Namespace) -> Table:
    """Each in a new process, in turn; CPU and memory as the system accounts for them."""
    environments, skipped = Environments(here=chosen.here), dict[str, str]()
    runners = list(_runners(chosen, environments, skipped))
    spent: dict[str, list[Spent]] = {runner.label: [] for runner in runners}
    with vendor(Setting(typical=60.0)) as origin, tempfile.TemporaryDirectory() as name:
        for run in range(chosen.runs + 1):
            for runner in runners:
                one = _process(runner, environments, origin, Path(name))
                if run:  # the first fills the file cache, and makes the journals
                    spent[runner.label].append(one)
        _were_taken(origin, sum(r.step.stage == SENT for r in runners) * (chosen.runs + 1))
    return Table(title="start-up", rows=_rows(runners, spent, chosen.against), skipped=skipped)


def _were_taken(origin: str, sent: int) -> None:
    """Raise `RuntimeError` where a first request was none that the vendor took for an order."""
    taken = sum(ledger(origin)["charges"].values())
    if taken != sent:
        raise RuntimeError(f"the vendor took {taken} orders in place of {sent}")


def _runners(
    chosen: argparse.Namespace, environments: Environments, skipped: dict[str, str]
) -> Iterable[Runner]:
    for step in STEPS:
        if chosen.only and step.who not in (BARE, THEIRS, *chosen.only):
            continue
        label = f"{step.who}: {step.what}" if step.what else step.who
        if why := environments.absent(step.requires):
            skipped[label] = why
            continue
        here = Runner(label=label, step=step)
        if chosen.against is None or not any(one.startswith("segue") for one in step.requires):
            yield here
            continue
        other = f"{label} ({chosen.against.name})"
        yield replace(here, before=other)
        yield replace(here, label=other, checkout=chosen.against)


def _rows(
    runners: list[Runner], spent: dict[str, list[Spent]], other: Path | None
) -> list[dict[str, object]]:
    """The ratio to musicapi-sdk is to the same step of it, run by run, bare Python taken away."""
    bare = [one.cpu for one in spent[BARE]]
    net = {
        label: [one.cpu - alone for one, alone in zip(runs, bare, strict=True)]
        for label, runs in spent.items()
    }
    rows = []
    for runner in runners:
        runs, label = spent[runner.label], runner.label
        theirs = f"{THEIRS}: {runner.step.stage}"
        row: dict[str, object] = {
            "": label,
            "/ musicapi-sdk": ratios(net, theirs)[label] if label != BARE else "",
        }
        if other is not None:
            pair = ratios(net, runner.before)[label] if runner.before else ""
            row[f"CPU / {other.name}"] = pair
        rows.append({
            **row,
            "CPU ms": spread([one.cpu * 1000 for one in runs]),
            "CPU ms above python": f"{median(net[label]) * 1000:.1f}",
            "wall ms": spread([one.wall * 1000 for one in runs]),
            "peak MB": f"{median(one.peak for one in runs):.1f}",
            "modules": runs[-1].modules,
        })  # fmt: skip
    return rows


def _process(runner: Runner, environments: Environments, origin: str, folder: Path) -> Spent:
    """What a process spends that runs the step's code, in a folder of this row's own."""
    own = folder / runner.label.replace(":", "").replace("/", "").replace(" ", "-")
    own.mkdir(exist_ok=True)
    (own / "on-aiohttp.toml").write_text('[http]\ntransport = "aiohttp"\n', encoding="utf-8")
    variables = alone(
        XDG_STATE_HOME=str(own), XDG_CONFIG_HOME=str(own), MUSICAPI_KEY="any-key",
        SEGUE_MUSICAPI_BASE_URL=f"{origin}/musicapi",
    )  # fmt: skip
    python = environments.python(runner.step.requires, runner.checkout)
    began = time.perf_counter()
    with subprocess.Popen(
        [python, "-c", f"{_LAST_WORDS}{runner.step.code}", origin], cwd=own, env=variables,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        told = process.stderr.read() if process.stderr else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"{runner.label} ended with {process.returncode}:\n{told}")
    peak, modules = told.split()[-2:]
    cpu = usage.ru_utime + usage.ru_stime
    return Spent(cpu=cpu, wall=wall, peak=int(peak) / 1024, modules=int(modules))
