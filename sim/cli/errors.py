"""Bad input as one sentence on stderr and exit status 2, through `python -m sim` and `ape run`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from sim.abi.artifacts import ContractError
from sim.engine.replay import ReplayError
from sim.market.series import PriceFileError
from sim.records.validation import RunFolderError
from sim.scenario import ScenarioError

BROKEN, BAD_INPUT = 1, 2


class Refused(click.ClickException):
    """Input that is not allowed: what was found, where, what is allowed."""

    exit_code = BAD_INPUT

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the one sentence."""
        sentence = " ".join(self.message.split())
        click.echo(f"error: {sentence}", err=file is None, file=file)


class Broken(Refused):
    """What was allowed and could not be done to its end."""

    exit_code = BROKEN


@contextmanager
def writing(path: Path, left: str = "") -> Iterator[None]:
    """Turn a file that could not be written into one sentence, which ends in what is left."""
    try:
        yield
    except OSError as error:
        told = f"cannot write {path}: {error.strerror}"
        raise Broken(f"{told}; {left}" if left else told) from error


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the rooms refuse into one sentence."""
    try:
        yield
    except (ScenarioError, PriceFileError, RunFolderError, ReplayError, ContractError) as error:
        raise Refused(str(error)) from error


class Command(click.Command):
    """A command whose own usage errors are one sentence too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, without click's page of usage on a mistake."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            raise Refused(error.format_message()) from error

    def invoke(self, ctx: click.Context) -> Any:
        """Run; Ctrl-C and a full disk are one sentence wherever they come."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Broken("interrupted; what was written up to here stays") from None
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            raise Broken(f"{error.strerror or error}{where}; what was written stays") from error


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
