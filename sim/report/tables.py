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


def bps(value: object) -> str:
    """An error in bp, from 1,000 on in percent; `-` for none."""
    if _missing(value):
        return "-"
    found = float(str(value))
    return f"{found:,.1f} bp" if abs(found) < 1_000 else f"{found / 100:,.1f} %"


def price(value: object) -> str:
    """A price: two decimals from 10 on, six below; `-` for none."""
    if _missing(value):
        return "-"
    found = float(str(value))
    return f"{found:,.2f}" if found >= 10 else f"{found:,.6f}"


def number(value: object) -> str:
    """All digits that count, up to eight; `-` for none."""
    return "-" if _missing(value) else f"{float(str(value)):,.8g}"


def clock(value: object) -> str:
    """Unix seconds as a UTC time of day."""
    return pd.Timestamp(int(str(value)), unit="s").strftime("%H:%M:%S")


def words(value: object) -> str:
    """Text as it is."""
    return str(value)


def html_table(
    table: pd.DataFrame, columns: Sequence[tuple[str, str, Format]], filtered: str = ""
) -> str:
    """A table of (key, heading, format) columns; formats other than `words` align right.

    Its headings sort it; `filtered` names it for the box that filters its rows, if it has one.
    """
    heads = "".join(_head(heading, show) for _, heading, show in columns)
    lines = [
        "".join(_cell(row.get(key), show) for key, _, show in columns)
        for row in table.to_dict("records")
    ]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    if not lines:
        body = f'<tr><td class="text none" colspan="{len(columns)}">none</td></tr>'
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    made = f'<table class="sortable"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'
    if not filtered:
        return f'<div class="wide">{made}</div>'
    label = escape(f"filter {filtered}")
    return (
        f'<div class="tall"><div class="tools"><input type="search" placeholder="{label}" '
        f'aria-label="{label}"><output aria-live="polite"></output></div>{made}</div>'
    )


def pairs(rows: Iterable[tuple[str, str]]) -> str:
    """Two columns of a name and what it is."""
    lines = (
        f'<tr><td class="text name">{escape(name)}</td><td class="figure">{escape(value)}</td></tr>'
        for name, value in rows
    )
    return f"<table class='pairs'><tbody>{''.join(lines)}</tbody></table>"


def _head(heading: str, show: Format) -> str:
    kind = "text" if show is words else "number"
    return (
        f'<th class="{_side(show)}" data-kind="{kind}" scope="col">'
        f'<button type="button">{escape(heading)}</button></th>'
    )


def _cell(value: object, show: Format) -> str:
    # A time of day sorts by the moment it stands for.
    moment = f' data-v="{escape(str(value))}"' if show is clock else ""
    return f'<td class="{_side(show)}"{moment}>{escape(show(value))}</td>'


def _side(show: Format) -> str:
    return "text" if show in (words, clock) else "figure"


def _missing(value: object) -> bool:
    return value is None or value != value  # NaN is the one value unlike itself
