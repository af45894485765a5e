"""What a run was made on: nothing of it decides a digest, all of it is said in the manifest."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np


def machine() -> dict[str, object]:
    """Operating system, kind of processor, C library, and the vector sets numpy makes use of."""
    show: Any = np.show_config  # its types know of no mode
    sets = show(mode="dicts")["SIMD Extensions"]
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "libm": " ".join(platform.libc_ver()).strip() or f"that of {platform.platform()}",
        "simd": sorted({*sets.get("baseline", ()), *sets.get("found", ())}),
    }
