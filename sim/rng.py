"""Named random streams: every consumer draws from its own, derived from the run's one seed."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np


def stream(root_seed: int, name: str) -> np.random.Generator:
    """A generator that depends only on the run seed and its own name."""
    word = int.from_bytes(blake2b(name.encode(), digest_size=16).digest(), "big")
    return np.random.default_rng([root_seed, word & (2**64 - 1), word >> 64])
