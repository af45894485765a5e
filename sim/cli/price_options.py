"""`--prices` and what may be said of price files, the same in every command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import click

from sim.cli.errors import Refused, refusals
from sim.prices.ask import Said
from sim.prices.request import price_request

# Each may stand more than once; `NAME=` before the value keeps it to the files of that name.
_SAID = (
    ("symbol", "[NAME=]PAIR", "What the files price, for instance BTC-USD."),
    ("stamp", "[NAME=]STAMP", "What times are: open, close or instant."),
    ("bar", "[NAME=]SECONDS", "The length of bars, or how long a price stays current."),
    ("format", "[NAME=]FORMAT", "A format of `backstop formats`."),
    ("column", "[NAME:][PART=]COLUMN", "The column of the price, or of another part."),
    ("only", "[NAME:]COLUMN=VALUE", "Take the rows with this value alone."),
    ("rate", "QUOTE=FILE", "Dollars for one unit of another quote."),
)


def said_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say something of price files, given to the command as one `said`."""

    @wraps(command)
    def with_said(**given: Any) -> None:
        start, end = given.pop("from_time"), given.pop("to_time")
        said = Said(
            **{name: given.pop(name) for name, _, _ in _SAID},
            start_s=_seconds("--from", start),
            end_s=_seconds("--to", end),
        )
        command(said=said, **given)

    options = [
        click.option("--to", "to_time", metavar="TIME", help="Where the window ends."),
        click.option("--from", "from_time", metavar="TIME", help="Where the window begins."),
        *(
            click.option(f"--{name}", multiple=True, metavar=shape, help=text)
            for name, shape, text in reversed(_SAID)
        ),
    ]
    for option in options:
        with_said = option(with_said)
    return with_said


def price_options(command: Callable[..., None]) -> Callable[..., None]:
    """`--prices FILE...` with all that may be said of them, given to the command as `prices`."""

    @wraps(command)
    def with_prices(
        *, said: Said, price_files: tuple[str, ...], more_files: tuple[str, ...], **given: Any
    ) -> None:
        if more_files and not price_files:
            raise Refused(f"found {more_files[0]}; files are allowed after --prices only")
        with refusals():
            request = price_request((*price_files, *more_files), said)
        if not request and said != Said():
            raise Refused("found options of price files; they are allowed with --prices only")
        command(prices=request, **given)

    with_files = said_options(with_prices)
    with_files = click.argument("more_files", nargs=-1, metavar="[FILE]...")(with_files)
    return click.option(
        "--prices",
        "price_files",
        multiple=True,
        metavar="[NAME=]FILE",
        help="A price file of a venue; more may follow, equal names chain.",
    )(with_files)


def _seconds(option: str, text: str | None) -> int | None:
    """Unix seconds of a number or of an ISO time, UTC unless it names a zone."""
    if text is None or text.isdecimal():
        return None if text is None else int(text)
    try:
        moment = datetime.fromisoformat(text.removesuffix(" UTC"))
    except ValueError:
        raise Refused(
            f"{option} {text}: unix seconds or an ISO time (2025-10-10T20:50:00Z) is allowed"
        ) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
