"""Which tests stay together when the suite runs on several cores."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

APE = "tests/unit/ape/"


class FilesAndApe(LoadScopeScheduling):
    """A file at a time, and Ape's files as one: they share a chain that other tests would move."""

    def _split_scope(self, nodeid: str) -> str:
        return APE if nodeid.startswith(APE) else nodeid.split("::", 1)[0]
