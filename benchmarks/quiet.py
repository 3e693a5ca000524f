"""What stands in the way of a simulation's figures, put aside for its time."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """No logs, since failures are made on purpose; garbage is looked for seldom, since so many
    live flows are looked through in vain. Afterwards all is as before."""
    disabled, thresholds = logging.root.manager.disable, gc.get_threshold()
    logging.disable(logging.CRITICAL)
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        logging.disable(disabled)
