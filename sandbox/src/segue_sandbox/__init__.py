"""Music vendors to talk to without a key: each a pure state machine, and all behind one server."""

from segue_sandbox.app import application
from segue_sandbox.faults import Fault, Plan
from segue_sandbox.vendor import Vendor
from segue_sandbox.venice import Venice

__all__ = ["Fault", "Plan", "Vendor", "Venice", "application"]
