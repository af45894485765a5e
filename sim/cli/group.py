"""The commands by name; each is loaded when it is asked for, and so are the libraries it needs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click
from click.shell_completion import CompletionItem

from sim.cli.errors import Refused, missing

# Name of a command and of its module in sim.cli -> what it does, for the list of commands.
COMMANDS = {
    "adl": "Deleverage the winners with the published totals of each real round.",
    "attack": "Search what an attacker could do in a scenario, and keep every try.",
    "audit": "Faults, coverage, privileges: what an auditor asks of contracts and tests.",
    "bench": "Time scenarios' transactions through every engine.",
    "calibrate": "A scenario whose numbers are fitted to price files.",
    "check": "Whether scenario files are allowed; runs nothing.",
    "claims": "Sentences that rest on runs, made again: ROBUST, SHIFTED or FRAGILE.",
    "compare": "Two run folders side by side, and where their events part.",
    "completion": "Print what lets bash, zsh or fish complete `backstop`.",
    "deploy": "Put the reference markets on a local test chain through Ape.",
    "drag": "What leveraged tokens lose to volatility, against the formula.",
    "explain": "Why an account of a run was liquidated, or why not.",
    "facts": "Stylised facts of a run, beside those of a price file.",
    "formats": "The formats of price files, and what is read of each.",
    "gas": "Measure gas as a node would charge it, against the snapshot.",
    "incidents": "Real incidents against a naive protocol and against this one.",
    "init": "A scenario, an agent and a test of one's own, that run.",
    "margin": "A position under a venue's rules: margins and where it ends.",
    "oracle": "Every index design under every feed fault.",
    "prices": "What is read of price files; runs nothing.",
    "replay": "Run a recorded run again and prove every block the same.",
    "report": "Rebuild summary.json and report.html of a run folder.",
    "schema": "Every key a scenario may say: type, unit, default, bounds.",
    "simulate": "Run a scenario into a run folder.",
    "sweep": "An experiment's runs: values of any keys, with the same seeds.",
    "vectors": "Published worked numbers of venues against the reference.",
    "venues": "The venues whose rules ship, what of them is exact and what not.",
    "waterfall": "Gaps of any size down the ladder: who paid what.",
}


class LazyGroup(click.Group):
    """A group that loads a command when it is asked for, and says which there are if it is not."""

    commands_told: Mapping[str, str]  # name of a command, and what it does
    noun: str  # what one of them is called
    prefix = ""  # of their modules in sim.cli

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name all commands."""
        return sorted(self.commands_told)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one."""
        if cmd_name not in self.commands_told:
            return None
        try:
            module = import_module(f"sim.cli.{self.prefix}{cmd_name}")
        except ModuleNotFoundError as error:
            raise Refused(missing(error)) from error
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list without loading any."""
        with formatter.section(f"{self.noun.capitalize()}s"):
            formatter.write_dl(list(self.commands_told.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command meant."""
        if args and args[0] not in self.commands_told and not args[0].startswith("-"):
            from sim.types.near import did_you_mean  # its room takes time to load

            allowed = ", ".join(self.commands_told)
            guess = did_you_mean(args[0], self.commands_told) or ";"
            raise Refused(f"no {self.noun} {args[0]!r}{guess} allowed are {allowed}")
        return super().resolve_command(ctx, args)


class Group(LazyGroup):
    """All the commands of the program."""

    commands_told = COMMANDS
    noun = "command"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, without click's page of usage on a mistake."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise Refused(error.format_message()) from error

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command or of an option, without loading any."""
        names = (name for name in COMMANDS if name.startswith(incomplete))
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=COMMANDS[name]) for name in names), *options]
