"""Music vendors to talk to without a key: each a pure state machine, and all behind one server."""

from segue_sandbox.app import application
from segue_sandbox.faults import Fault, Plan
from segue_sandbox.marketplace import Marketplace
from segue_sandbox.musicapi import MusicAPI
from segue_sandbox.vendor import Vendor
from segue_sandbox.venice import Venice

__all__ = ["Fault", "Marketplace", "MusicAPI", "Plan", "Vendor", "Venice", "application"]
