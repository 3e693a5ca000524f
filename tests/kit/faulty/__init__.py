"""Providers with one thing done wrong, by the test of the kit that has to find it."""

from __future__ import annotations

from tests.kit.faulty.declared import DECLARED
from tests.kit.faulty.fault import Fault
from tests.kit.faulty.flowing import FLOWING
from tests.kit.faulty.garbled import GARBLED
from tests.kit.faulty.lived import LIVED
from tests.kit.faulty.meant import MEANT
from tests.kit.faulty.minded import MINDED
from tests.kit.faulty.secret import SECRET
from tests.kit.faulty.tolerant import TOLERANT
from tests.kit.faulty.wrapped import WRAPPED

__all__ = ["FAULTS", "Fault"]

ALL = (DECLARED, FLOWING, MEANT, TOLERANT, GARBLED, MINDED, WRAPPED, SECRET, LIVED)
FAULTS = [fault for faults in ALL for fault in faults]
