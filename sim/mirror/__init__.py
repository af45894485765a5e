"""The system's state as its events tell it: exact, kept by change, never read from the chain."""

from sim.mirror.parts import MirrorNames
from sim.mirror.screen import Screen
from sim.mirror.state import Mirror

__all__ = ["Mirror", "MirrorNames", "Screen"]
