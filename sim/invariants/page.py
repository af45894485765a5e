"""The registry as a page."""

from __future__ import annotations

from sim.invariants.registry import REGISTRY


def page() -> str:
    """The registry as the page docs/invariants.md."""
    head = (
        "# Invariants\n\n"
        "What holds in every block of every run, of the stateful machines and of the attacks.\n"
        "Written from the registry by `python scripts/write_invariants.py`; a test holds the two\n"
        "equal, and shows each one to fail on facts that break it.\n\n"
        "| | holds | protects | checked | by |\n|---|---|---|---|---|\n"
    )
    return head + "".join(
        f"| {one.id} | {one.sentence} | {one.protects} | {one.when} | `{one.held_by}` |\n"
        for one in REGISTRY
    )
