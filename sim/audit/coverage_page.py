"""Coverage as one page: a table of files, and each source with what was reached of it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from sim.audit.coverage_run import Suite, rows_of
from sim.audit.line_coverage import FileCoverage

_STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse } td, th { padding: .15rem .7rem; text-align: right }
td:first-child, th:first-child { text-align: left } tr:nth-child(even) { background: #8881 }
pre { font: 12px/1.45 ui-monospace, monospace; overflow-x: auto }
.n { color: #888; display: inline-block; width: 3.5em; text-align: right; margin-right: 1em }
.hit { background: #2a82 } .miss { background: #c333 } .half { background: #ca03 }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd } a { color: #8bf } }
"""


def page(root: Path, suites: Sequence[Suite]) -> str:
    """The page; sources are marked by the last suite, which is all of them where several ran."""
    whole = suites[-1]
    parts = [_table(one) for one in suites]
    sources = [_source(root, file, one) for file, one in whole.files.items() if one.lines]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Coverage of the contracts</title>"
        f"<style>{_STYLE}</style><h1>Coverage of the contracts</h1>{''.join(parts)}"
        "<p>Green: reached. Red: not. Amber: a branch went one way only.</p>"
        f"{''.join(sources)}</html>\n"
    )


def _table(suite: Suite) -> str:
    head = "<tr><th>file<th>lines<th>reached<th>%<th>ways at branches<th>gone<th>%</tr>"
    body = "".join(
        f'<tr><td><a href="#{escape(str(row["file"]))}">{escape(str(row["file"]))}</a>'
        f"<td>{row['lines']}<td>{row['hit']}<td>{_percent(row['percent'])}"
        f"<td>{row['branches']}<td>{row['ways']}<td>{_percent(row['branch_percent'])}</tr>"
        for row in rows_of(suite)
    )
    title = f"<h2>{escape(suite.command)}</h2><p>{suite.wall_s:,.1f} s</p>"
    return f"{title}<table>{head}{body}</table>"


def _percent(value: object) -> str:
    return "-" if value is None else f"{value:.1f}"


def _source(root: Path, file: str, found: FileCoverage) -> str:
    half = {line for (line, _), ways in found.branches.items() if len(ways) == 1}
    lines = []
    for number, text in enumerate((root / file).read_text().splitlines(), start=1):
        kind = ""
        if number in found.lines:
            kind = "half" if number in half else "hit" if number in found.hit else "miss"
        lines.append(f'<span class="{kind}"><span class=n>{number}</span>{escape(text)}</span>')
    text = "\n".join(lines)
    return f'<h3 id="{escape(file)}">{escape(file)}</h3><pre>{text}</pre>'
