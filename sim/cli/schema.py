"""`schema`: every key a scenario may say, with type, unit, default and bounds."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sim.cli.errors import Command, Refused
from sim.cli.tables import Column, check_writable, json_option, write_rows

COLUMNS = tuple(Column(key, key) for key in ("key", "type", "unit", "default", "allowed", "says"))
PAGE_HEAD = """\
# What a scenario may say

Written by `python scripts/write_scenarios.py` from the models that read a scenario. `backstop
schema KEY` prints a part of it, `backstop schema --editor` a JSON schema for editors; `backstop
check SCENARIO` holds a file against it.

In a key `*` is an item of a list or a name of one's own, and the name of a kind stands in its
item's place: for `agents.market_maker.layers` say `--set agents.0.layers=3` if the first group is
one. A decimal is read exactly. *Number or draw* is a number or one of `{uniform: [low, high]}`,
`{choice: [...]}`, `{lognormal: [median, sigma]}`, `{pareto: [least, tail]}`, drawn for each member.
*Unset* leaves the choice to the deployment; what is *needed* of a market the reference's terms say.
"""


@click.command(cls=Command)
@click.argument("key", required=False)
@click.option("--editor", is_flag=True, help="Print all of it as a JSON schema for editors.")
@json_option
def schema(key: str | None, editor: bool, json_file: Path | None) -> None:
    """Print what a scenario may say at KEY and below it, or the keys at its top."""
    from sim.scenario.schema import json_schema, known_words, matching, rows
    from sim.types.near import did_you_mean

    check_writable(json_file)
    if editor:
        click.echo(json.dumps(json_schema(), indent=1))
        return
    found = matching(key) if key else [row for row in rows() if "." not in row["key"]]
    if not found:
        last = str(key).rpartition(".")[2]
        guess = did_you_mean(last, sorted(known_words())) or ";"
        raise Refused(f"no key {key!r}{guess} allowed are the keys `backstop schema` prints")
    for row in found:
        click.echo(told(row))
    write_rows(json_file, found, COLUMNS)


def told(row: dict[str, str]) -> str:
    """A key on one line, and below it what it is for."""
    default = row["default"] and (
        "needed" if row["default"] == "needed" else f"default {row['default']}"
    )
    facts = "; ".join(one for one in (row["unit"], default, row["allowed"]) if one)
    first = f"{row['key']}: {row['type']}{'; ' if facts else ''}{facts}"
    return f"{first}\n    {row['says']}" if row["says"] else first


def page() -> str:
    """docs/scenarios.md: a section for each key at the top, a table row for each below it."""
    from sim.scenario.schema import rows

    lines = [PAGE_HEAD]
    for row in rows():
        if "." not in row["key"]:
            lines += ["", f"## {row['key']}", "", "| key | type | unit | default | allowed | |"]
            lines += ["|---|---|---|---|---|---|"]
        cells = (f"`{row['key']}`", *(row[key].replace("|", "\\|") for key, *_ in COLUMNS[1:]))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
