"""From the columns of a run folder to numbers: the metrics' side of the border to floats."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sim.units import WAD

LONG_LIQUIDATED, SHORT_LIQUIDATED = "long", "short"


def market_names(manifest: Mapping[str, object]) -> dict[int, str]:
    """Names of the run's markets by id; none if the run broke before it started."""
    listed = manifest.get("markets", [])
    assert isinstance(listed, list), "a manifest written by the recorder lists its markets"
    return {market["market_id"]: market["name"] for market in listed}


def exact(column: pd.Series) -> pd.Series:
    """A column of decimal strings as Python integers, exact."""
    return column.map(int)


def quote(column: pd.Series) -> pd.Series:
    """A WAD column of decimal strings as floats in whole units."""
    return column.astype(float) / WAD


def prices(column: pd.Series) -> pd.Series:
    """A WAD price column as floats; 0, which says there is none, becomes NaN."""
    values = quote(column)
    return values.where(values > 0)


def named_prices(column: pd.Series, names: list[str]) -> pd.DataFrame:
    """A column of price lists as one float column a name; 0 becomes NaN."""
    table = pd.DataFrame(column.tolist(), columns=names, index=column.index).astype(float) / WAD
    return table.where(table > 0)


def events_named(events: pd.DataFrame, contract: str, event: str) -> pd.DataFrame:
    """The events of one kind, with `arg_` dropped from its own arguments' names."""
    rows = events[(events["contract"] == contract) & (events["event"] == event)]
    rows = rows.dropna(axis="columns", how="all")
    return rows.set_axis([str(name).removeprefix("arg_") for name in rows.columns], axis="columns")


def utc(times_s: pd.Series) -> pd.Series:
    """Unix seconds as UTC timestamps without a zone, as charts want them."""
    return pd.to_datetime(times_s, unit="s")
