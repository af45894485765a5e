"""`audit`: what an auditor asks of contracts and of their tests, one command each."""

from __future__ import annotations

from importlib import import_module

import click

from sim.cli.errors import Refused, missing

AUDITS = {
    "attacks": "The attacks that stand as tests: profit, damage, verdict.",
    "coverage": "Lines and branches of Vyper sources that test commands reach.",
    "invariants": "What must hold, and how often it was checked in recorded runs.",
    "mutants": "Faults put into a Vyper project on purpose: do its tests notice?",
    "patch": "Attacks and honest scenarios on two trees of contracts.",
    "privileges": "Who may call what: every call made by everybody.",
    "twin": "A reference exchange does a recorded run again: compared to the wei.",
}


class AuditGroup(click.Group):
    """Loads an audit when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name all audits."""
        return sorted(AUDITS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one."""
        if cmd_name not in AUDITS:
            return None
        try:
            module = import_module(f"sim.cli.audit_{cmd_name}")
        except ModuleNotFoundError as error:
            raise Refused(missing(error)) from error
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list without loading any."""
        with formatter.section("Audits"):
            formatter.write_dl(sorted(AUDITS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the audit meant."""
        if args and args[0] not in AUDITS and not args[0].startswith("-"):
            raise Refused(f"no audit {args[0]!r}; allowed are {', '.join(sorted(AUDITS))}")
        return super().resolve_command(ctx, args)


@click.group(cls=AuditGroup)
def audit() -> None:
    """What an auditor asks of contracts and of their tests."""
