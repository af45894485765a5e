"""Where files are: beside the package in a checkout, inside it once installed."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
INSTALLED = (_PACKAGE / "contracts").is_dir()  # the wheel brings them; in a checkout: beside sim/
ROOT = _PACKAGE if INSTALLED else _PACKAGE.parent  # the folder that holds contracts/
CONTRACTS = ROOT / "contracts"
RUNS = Path("runs")  # in the working directory, wherever Backstop is installed


def cache_folder(*, installed: bool = INSTALLED) -> Path:
    """Where compiled contracts are kept: the checkout's .cache, or else the user's own."""
    if not installed:
        return ROOT / ".cache"
    named = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(named) if os.path.isabs(named) else Path.home() / ".cache"
    return base / "backstop"
