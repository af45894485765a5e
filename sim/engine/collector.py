"""Python's cycle collector during a run: rarely, and never over what was there before."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# A run makes tuples by the million and hardly a cycle: looking for some took 6 % of its time.
_THRESHOLDS = (50_000, 20, 100)


@contextmanager
def few_collections() -> Iterator[None]:
    """Collect seldom inside the block; as before after it."""
    before = gc.get_threshold()
    gc.freeze()  # uncollected: what is garbage by now is little, and looking for it takes longer
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
