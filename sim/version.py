"""The package's version: in a file of its own, so that nobody who says it needs the whole of it."""

from __future__ import annotations

__version__ = "0.1.0"
