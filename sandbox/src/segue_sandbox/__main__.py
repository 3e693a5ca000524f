"""The command `segue-sandbox`."""

from __future__ import annotations

import argparse
import math
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from segue_sandbox.app import print_line
from segue_sandbox.clock import Clock
from segue_sandbox.faults import Plan
from segue_sandbox.marketplace.keys import FORMS
from segue_sandbox.serving import listening, serve, server
from segue_sandbox.vendors import Setting, environments, listing, served


def main(argv: Sequence[str] | None = None) -> None:
    """Run the sandbox until it is interrupted."""
    parser = _parser()
    given = parser.parse_args(argv)
    try:
        plan = Plan.read(given.faults.read_bytes(), given.seed) if given.faults else Plan()
    except (OSError, msgspec.DecodeError) as error:
        parser.error(f"--faults {given.faults}: {error}")
    clock = Clock(given.speed)
    setting = Setting(seed=given.seed, job_seconds=given.job_seconds, forms=given.marketplace_forms)
    log = print_line if given.json_log else lambda _line: None
    app = served(setting, clock, plan=plan, log=log)
    with _listening(parser, given.host, given.port) as sock:
        for line in environments(f"http://{given.host}:{sock.getsockname()[1]}"):
            print(line, flush=True)  # noqa: T201 - all that it says
        with suppress(KeyboardInterrupt):
            serve(server(app), sock)


def _listening(parser: argparse.ArgumentParser, host: str, port: int) -> socket.socket:
    try:
        return listening(host, port)
    except OSError as error:
        parser.error(f"cannot listen on {host}, port {port}: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="segue-sandbox",
        description="Music vendors to talk to without a key: strict, billing, with real audio.",
        epilog=f"served, all at once:\n{listing()}\n  {'/sandbox/ledger':<22} who paid for what",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="the address to listen on (default: this machine)")
    add("--port", type=_port, default=8931, help="0 takes a free one, and prints it")
    add("--speed", type=_speed, default=1.0, help="how much faster vendor time runs")
    add("--job-seconds", type=_range, default=(10.0, 40.0), metavar="A-B", help="vendor seconds")
    add("--seed", type=int, default=0, help="decides ids, job times and faults")
    add("--faults", type=Path, metavar="FILE", help="a JSON plan of what goes wrong")
    add("--marketplace-forms", choices=FORMS, default=FORMS[0], help="how its answers look: as "
        "they were observed, or as the vendor's pages print them")  # fmt: skip
    add("--json-log", action="store_true", help="a JSON line for each request; never the key")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 < speed < math.inf:
        raise argparse.ArgumentTypeError("must be above 0")
    return speed


def _range(text: str) -> tuple[float, float]:
    low, _, high = text.partition("-")
    try:
        found = float(low), float(high or low)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not A-B, in seconds") from None
    if not 0 <= found[0] <= found[1] < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a range from 0 up")
    return found


if __name__ == "__main__":
    main()
