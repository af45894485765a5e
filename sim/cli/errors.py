"""Bad input as one sentence on stderr and exit status 2, through `backstop` and `ape run`."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import IO, Any

import click

BROKEN, BAD_INPUT = 1, 2
STDOUT = Path("-")  # as a file's name
FOR_STDOUT = "sim.cli.for_stdout"  # in a context's meta: rows that stdout gets, and nothing else


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
        message = f"cannot write {path}: {error.strerror}"
        raise Broken(f"{message}; {left}" if left else message) from error


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the rooms refuse into one sentence."""
    # The rooms take seconds to load: not before a command that needs them runs.
    from sim.engine import INPUT_ERRORS
    from sim.engine.replay import ReplayError

    try:
        yield
    except (*INPUT_ERRORS, ReplayError) as error:
        raise Refused(str(error)) from error


def missing(error: ModuleNotFoundError) -> str:
    """Say which library is not there; a module of our own that is not there is a bug."""
    library = (error.name or str(error)).partition(".")[0]
    if library == "sim":
        raise error
    found = ".".join(map(str, sys.version_info[:2]))
    return (
        f"the library {library} is not installed for this Python {found}; `pip install` Backstop, "
        "or `make env` in a checkout, with Python 3.11 or 3.12"
    )


def _show_warning(otherwise: Callable[..., None]) -> Callable[..., None]:
    """Show a key's new name as one sentence, once; every other warning as before."""
    shown: set[str] = set()

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if category.__name__ != "RenamedKeyWarning":  # by name: its library is slow to load
            otherwise(message, category, *where, **more)
        elif (sentence := str(message)) not in shown:
            shown.add(sentence)
            click.echo(f"warning: {sentence}", err=True)

    return show


@contextmanager
def _rows_alone_on_stdout(ctx: click.Context) -> Iterator[None]:
    """Where a command's rows are asked for on stdout, all it says to people goes to stderr."""
    if ctx.params.get("json_file") != STDOUT:
        yield
        return
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        click.echo(ctx.meta.get(FOR_STDOUT, ""), nl=False)


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
            with warnings.catch_warnings():
                warnings.showwarning = _show_warning(warnings.showwarning)
                with _rows_alone_on_stdout(ctx):
                    return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Broken("interrupted; what was written up to here stays") from None
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            raise Broken(f"{error.strerror or error}{where}; what was written stays") from error
