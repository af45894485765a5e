"""Fewer points for the same picture."""

from __future__ import annotations

import numpy as np
import pandas as pd

MAX_POINTS = 4_000


def thin(table: pd.DataFrame, extremes_of: list[str], limit: int = MAX_POINTS) -> pd.DataFrame:
    """About `limit` rows at most, in order: each stretch's first row and extremes by column."""
    if len(table) <= limit:
        return table
    per_stretch = 1 + 2 * len(extremes_of)
    stretch = np.arange(len(table)) * (limit // per_stretch) // len(table)
    kept = {0, len(table) - 1, *np.flatnonzero(np.diff(stretch)) + 1}
    for name in extremes_of:
        values = pd.Series(table[name].to_numpy()).ffill().bfill()
        if values.notna().all():
            groups = values.groupby(stretch)
            kept |= {*groups.idxmin(), *groups.idxmax()}
    return table.iloc[sorted(kept)]
