"""`attack`: search what an attacker could do in a scenario, and keep every try."""

from __future__ import annotations

import json
from math import inf
from pathlib import Path

import click

from sim.cli.errors import Command, Refused, refusals, writing
from sim.cli.sweep import short
from sim.cli.tables import Column, check_writable, json_option, print_table, write_rows
from sim.places import RUNS
from sim.scenario import load_scenario

_METHODS = ("cma", "random")
_COLUMNS = (
    Column("number", "try", str),
    *(
        Column(key, words, lambda value: "-" if value is None else short(value))
        for key, words in (
            ("profit", "attacker's profit"),
            ("others_loss", "others lost"),
            ("pool_loss", "pool lost"),
            ("mark_error_bps", "mark moved, bp"),
        )
    ),
)
_SHOWN, _FRESH_SEEDS = 5, 5


@click.command(cls=Command)
@click.argument("scenario")
@click.option("--budget", type=click.IntRange(min=1), default=100, show_default=True)
@click.option("--method", type=click.Choice(_METHODS), default="cma", show_default=True)
@click.option("--naive", is_flag=True, help="On the incident's own protocol.")
@click.option("--attacker", "named", multiple=True, metavar="GROUP", help="Not the incident's.")
@click.option("--seed", type=click.IntRange(min=0), help="Instead of the scenario's own.")
@click.option("--stream", type=click.IntRange(min=0), default=0, help="Of the search's draws.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a key.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder [runs/attacks/<scenario>].")
@json_option
def attack(
    scenario: str,
    budget: int,
    method: str,
    naive: bool,
    named: tuple[str, ...],
    seed: int | None,
    stream: int,
    overrides: tuple[str, ...],
    out: Path | None,
    json_file: Path | None,
) -> None:
    """Search the numbers of SCENARIO's attackers for profit, from nothing that they do there.

    Every try is kept in tries.json, the best is a scenario that `simulate` takes; it is judged by
    its profit over seeds that it was not chosen for. Exits with 0.
    """
    from sim.experiments import attack_search
    from sim.metrics.intervals import interval

    check_writable(json_file)
    with refusals():
        asked = load_scenario(scenario, overrides, is_naive=naive)
        attackers = named or (asked.incident.attackers if asked.incident else ())
        if not attackers:
            raise Refused(f"{scenario}: found no incident's attackers; --attacker GROUP is needed")
        chosen = asked.seed if seed is None else seed
        found = attack_search.search(
            asked,
            attackers,
            seed=chosen,
            budget=budget,
            method="cma" if method == _METHODS[0] else "random",
            stream_seed=stream,
            report=lambda one: click.echo(_line(one.number, budget, one.profit), err=True),
        )
        best = attack_search.best(found)
        folder = out or RUNS / "attacks" / asked.name
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            rows = [attack_search.told(one) for one in found]
            (folder / "tries.json").write_text(json.dumps(rows, indent=1) + "\n")
            laid = attack_search.attacked(asked, best.values) if best.profit is not None else asked
            (folder / "best.yaml").write_text(laid.text)
    first = sorted(rows, key=lambda one: str(one["number"]))
    first.sort(key=lambda one: _earned(one["profit"]), reverse=True)
    print_table(f"{asked.name}: the best of {len(rows)} attacks", first[:_SHOWN], _COLUMNS)
    write_rows(json_file, rows, [Column(key, "") for key in rows[0] if key != "values"])
    if best.profit is None:
        click.echo("no attack was one that a scenario may hold")
        return
    fresh = [one for one in range(_FRESH_SEEDS + 1) if one != chosen][:_FRESH_SEEDS]
    mean, low, high = interval(attack_search.profits(asked, attackers, best, fresh))
    click.echo(
        f"\nwith {len(fresh)} other seeds the best earns {short(mean)} ({short(low)} to "
        f"{short(high)})\ntries   {folder / 'tries.json'}\n"
        f"again   backstop simulate {folder / 'best.yaml'} --seed {chosen}"
    )


def _earned(profit: object) -> float:
    return profit if isinstance(profit, int | float) else -inf


def _line(number: int, budget: int, profit: float | None) -> str:
    return f"{number + 1} of {budget}: {'refused' if profit is None else short(profit)}"
