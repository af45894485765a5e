"""What a run asks of price files, from a command line, a script or a manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.prices.ask import NamedFile, Said, ask_for, named_file, names_said
from sim.prices.errors import PriceFileError
from sim.prices.rates import in_dollars, read_rates
from sim.prices.reader import read_series
from sim.prices.series import PriceSeries
from sim.prices.symbols import coin_of

NOTHING_SAID = Said()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRequest:
    """Files, each perhaps with its venue's name, and what is said of them."""

    files: tuple[NamedFile, ...] = ()
    said: Said = NOTHING_SAID

    def __bool__(self) -> bool:
        return bool(self.files)

    def manifest(self) -> dict[str, object]:
        """The files as they were written and what was said of them, for a manifest."""
        return {
            "prices": [str(file) for file in self.files],
            "price_options": self.said.told(),
        }


# What a run is given: a request, or its files alone.
Prices = PriceRequest | Sequence[str | Path]


def as_request(prices: Prices) -> PriceRequest:
    """The request that files alone are."""
    return prices if isinstance(prices, PriceRequest) else price_request(prices)


def price_request(files: Sequence[str | Path], said: Said | None = None) -> PriceRequest:
    """A request for files, each a path or `NAME=FILE`, in the order given and each once."""
    named = tuple(dict.fromkeys(named_file(text) for text in files))
    chosen = said or Said()
    known = {file.name for file in named if file.name is not None}
    for name in sorted(names_said(chosen) - known):
        raise PriceFileError(
            f"options speak of the files of {name}; the names given by --prices NAME=FILE are "
            f"{', '.join(sorted(known)) or '(none)'}"
        )
    return PriceRequest(files=named, said=chosen)


def request_from(told: Mapping[str, object]) -> PriceRequest:
    """The request that a run's manifest keeps."""
    files, said = told.get("prices") or [], told.get("price_options") or {}
    assert isinstance(files, list)
    assert isinstance(said, Mapping)
    return PriceRequest(
        files=tuple(named_file(str(file)) for file in files), said=Said.from_told(said)
    )


def read_request(request: PriceRequest, markets: Sequence[str] | None = None) -> list[PriceSeries]:
    """The series of every file, in dollars; of files of many coins those of the markets."""
    coins = None if markets is None else tuple(map(coin_of, markets))
    rates = read_rates(request.said.rate)
    return [
        in_dollars(series, rates) if markets is not None or rates else series
        for file in request.files
        for series in read_series(file.path, ask_for(file.name, request.said, coins))
    ]
