"""A run as one self-contained page: no server, no network, no second file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from sim.metrics.run_tables import run_tables
from sim.records.folder import Run
from sim.report import sections
from sim.report.header import head, story, tiles
from sim.report.not_modelled import limits
from sim.report.parts import Part, leverage_part, loss_part, market_part

CSS, SCRIPT = (Path(__file__).with_name(f"page.{kind}") for kind in ("css", "js"))
# Drag to zoom and double-click to reset work without plotly's bar of buttons.
CONFIG = {"displayModeBar": False, "responsive": True}


def build_page(run: Run, summary: Mapping[str, object]) -> str:
    """The report of a run as HTML, with the chart library inlined once."""
    made = run_tables(run)
    title = f"{run.manifest['scenario']}, seed {run.manifest['seed']}"
    body: list[Part] = [head(run, summary), story(run, summary), tiles(summary)]
    if len(run.blocks):
        for name in made.market_names.values():
            body += market_part(run, made, name)
        body += loss_part(run, made)
        body += leverage_part(run, made)
        body.append(sections.tables(run, made))
    body += [limits(), sections.manifest(run, summary)]
    return document(title, [each if isinstance(each, str) else chart(each) for each in body])


def document(title: str, body: Sequence[str]) -> str:
    """A whole page around what stands in it, the chart library inlined once."""
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<link rel="icon" href="data:,">',
            f"<title>Backstop: {escape(title)}</title>",
            f"<style>{CSS.read_text()}</style>",
            f"<script>{get_plotlyjs()}</script>",
            "</head><body><main>",
            *body,
            f"</main><script>{SCRIPT.read_text()}</script></body></html>",
            "",
        )
    )


def chart(made: go.Figure) -> str:
    """A figure as a div and the script that draws it."""
    html: str = made.to_html(full_html=False, include_plotlyjs=False, config=CONFIG)
    return f'<div class="chart">{html}</div>'
