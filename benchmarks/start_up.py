"""What it costs to begin: imports and `segue --help`, beside the peers' imports and httpx."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from statistics import median

from benchmarks.tables import Table, is_here, ratios, spread

CODE = {
    "python alone": "",
    "import segue": "import segue",
    "from segue import Client, Generate": "from segue import Client, Generate",
    "segue --help": "from segue.cli import main; sys.argv = ['segue', '--help']; main()",
    "import httpx": "import httpx",
    "import musicapi": "import musicapi",
    "import venice_ai": "import venice_ai",
}
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


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--runs", type=int, default=15)


def measure(chosen: argparse.Namespace) -> Table:
    """Each in a new process, in turn; CPU and memory as the system accounts for them."""
    skipped = {
        name: "not installed (group `bench`)"
        for name in CODE
        if name.startswith("import ") and not is_here(name.split()[1])
    }
    played: dict[str, list[tuple[float, float, float, int]]] = {
        name: [] for name in CODE if name not in skipped
    }
    for run in range(chosen.runs + 1):
        for name, so_far in played.items():
            figures = _process(CODE[name])
            if run:  # the first fills the file cache
                so_far.append(figures)
    cpu = {name: [one[0] for one in runs] for name, runs in played.items()}
    least = median(cpu["python alone"])
    net = {name: [value - least for value in values] for name, values in cpu.items()}
    to_sdk = ratios(net, "import musicapi")
    rows = [
        {
            "": name,
            "/ musicapi": to_sdk[name],
            "CPU ms": spread([value * 1000 for value in cpu[name]]),
            "CPU ms above python": f"{median(net[name]) * 1000:.1f}",
            "wall ms": spread([one[1] * 1000 for one in runs]),
            "peak MB": f"{median(one[2] for one in runs):.1f}",
            "modules": runs[-1][3],
        }
        for name, runs in played.items()
    ]
    return Table(title="start-up", rows=rows, skipped=skipped)


def _process(code: str) -> tuple[float, float, float, int]:
    """CPU seconds, wall seconds, peak MB and modules of a process that runs some code."""
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", f"{_LAST_WORDS}{code}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        told = process.stderr.read() if process.stderr else ""
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    wall = time.perf_counter() - began
    peak, modules = told.split()[-2:]
    return usage.ru_utime + usage.ru_stime, wall, int(peak) / 1024, int(modules)
