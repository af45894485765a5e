"""`audit`: what an auditor asks of contracts and of their tests, one command each."""

from __future__ import annotations

import click

from sim.cli.group import LazyGroup

AUDITS = {
    "attacks": "The attacks that stand as tests: profit, damage, verdict.",
    "coverage": "Lines and branches of Vyper sources that test commands reach.",
    "invariants": "What must hold, and how often it was checked in recorded runs.",
    "mutants": "Faults put into a Vyper project on purpose: do its tests notice?",
    "patch": "Attacks and honest scenarios on two trees of contracts.",
    "privileges": "Who may call what: every call made by everybody.",
    "twin": "A reference exchange does a recorded run again: compared to the wei.",
}


class AuditGroup(LazyGroup):
    """All the audits."""

    commands_told = AUDITS
    noun = "audit"
    prefix = "audit_"


@click.group(cls=AuditGroup)
def audit() -> None:
    """What an auditor asks of contracts and of their tests."""
