"""Bad input as one sentence on stderr and exit status 2, through `python -m sim` and `ape run`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from sim.chain.artifacts import ContractError
from sim.market.series import PriceFileError
from sim.runfolder import RunFolderError
from sim.scenario import ScenarioError

BAD_INPUT = 2


class Refused(click.ClickException):
    """Input that is not allowed: what was found, where, what is allowed."""

    exit_code = BAD_INPUT

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the one sentence."""
        sentence = " ".join(self.message.split())
        click.echo(f"error: {sentence}", err=file is None, file=file)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the rooms refuse into one sentence."""
    try:
        yield
    except (ScenarioError, PriceFileError, RunFolderError, ContractError) as error:
        raise Refused(str(error)) from error


class Command(click.Command):
    """A command whose own usage errors are one sentence too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, without click's page of usage on a mistake."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            raise Refused(error.format_message()) from error


class Group(click.Group):
    """A group that says which commands there are when it does not know one."""

    command_class = Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command meant."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            known = ", ".join(sorted(self.commands))
            raise Refused(f"no command {args[0]!r}; allowed are {known}")
        return super().resolve_command(ctx, args)
