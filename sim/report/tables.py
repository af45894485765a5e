"""Tables as HTML: words to the left, figures to the right, every figure in one format a column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

import pandas as pd

Format = Callable[[object], str]


def money(value: object) -> str:
    """Quote units: whole above 1,000, two decimals below, `-` for none."""
    if _missing(value):
        return "-"
    number = float(str(value))
    return f"{number:,.0f}" if abs(number) >= 1_000 else f"{number:,.2f}"


def figure(decimals: int, unit: str = "") -> Format:
    """A number with so many decimals and its unit; `-` for none."""

    def show(value: object) -> str:
        return "-" if _missing(value) else f"{float(str(value)):,.{decimals}f}{unit}"

    return show


def clock(value: object) -> str:
    """Unix seconds as a UTC time of day."""
    return pd.Timestamp(int(str(value)), unit="s").strftime("%H:%M:%S")


def words(value: object) -> str:
    """Text as it is."""
    return str(value)


def html_table(table: pd.DataFrame, columns: Sequence[tuple[str, str, Format]]) -> str:
    """A table of (key, heading, format) columns; formats other than `words` align right."""
    heads = "".join(
        f'<th class="{_side(show)}">{escape(heading)}</th>' for _, heading, show in columns
    )
    lines = [
        "".join(
            f'<td class="{_side(show)}">{escape(show(row.get(key)))}</td>'
            for key, _, show in columns
        )
        for row in table.to_dict("records")
    ]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    if not lines:
        body = f'<tr><td class="text none" colspan="{len(columns)}">none</td></tr>'
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def pairs(rows: Iterable[tuple[str, str]]) -> str:
    """Two columns of a name and what it is."""
    lines = (
        f'<tr><td class="text name">{escape(name)}</td><td class="figure">{escape(value)}</td></tr>'
        for name, value in rows
    )
    return f"<table class='pairs'><tbody>{''.join(lines)}</tbody></table>"


def _side(show: Format) -> str:
    return "text" if show is words else "figure"


def _missing(value: object) -> bool:
    return value is None or value != value  # NaN is the one value unlike itself
