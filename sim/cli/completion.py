"""`completion`: what a shell has to be told so that it completes `backstop`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from sim.cli.errors import Command, Refused

PROGRAM = "backstop"
SHELLS = ("bash", "zsh", "fish")


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion of `backstop` for SHELL: `eval "$(backstop completion bash)"`.

    For fish it is `backstop completion fish | source`. Put the line into the shell's start-up file.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise Refused(f"no completion for {shell}; allowed are {', '.join(SHELLS)}")
    click.echo(kind(ctx.find_root().command, {}, PROGRAM, "_BACKSTOP_COMPLETE").source())
