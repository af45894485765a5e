"""`incidents`: the library of real incidents, each on a naive protocol and on the default one."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict
from os import cpu_count
from pathlib import Path

import click

from sim.cli.errors import Command, Refused, refusals
from sim.cli.tables import Column, check_writable, json_option, number, print_table, write_json
from sim.experiments.incidents import DEFAULT, NAIVE, VARIANTS, Outcome, complaints, facts, play
from sim.places import RUNS
from sim.records.folder import check_out
from sim.scenario import incident_names, load_scenario
from sim.types.near import did_you_mean

_money = number(0)
_COLUMNS = (
    Column("incident", "incident"),
    Column("variant", "protocol"),
    Column("loss_share", "lost of stake", number(1, " %")),
    Column("attacker_pnl", "attacker PnL", _money),
    Column("others_loss", "others lost", _money),
    Column("pool_loss", "pool lost", _money),
    Column("bad_debt", "bad debt", _money),
    Column("false_liquidations", "false liquidations", _money),
)


@click.command(cls=Command)
@click.argument("names", nargs=-1, metavar="[INCIDENT]...")
@click.option("--seed", type=click.IntRange(min=0), help="Instead of the scenarios' own.")
@click.option("--jobs", type=click.IntRange(1, 64), default=cpu_count() or 1, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Run folders go here [runs/incidents]."
)
@click.option("--facts", "show_facts", is_flag=True, help="Tell the published facts, run nothing.")
@json_option
def incidents(
    names: tuple[str, ...],
    seed: int | None,
    jobs: int,
    out: Path | None,
    show_facts: bool,
    json_file: Path | None,
) -> None:
    """Re-enact every INCIDENT named, or all of them: naive protocol against the default one.

    `real` is the published loss as a share of what was at stake; below it stand the two runs.
    Exits with 0 only if each naive run shows the harm and each default run stops it, or says
    why it does not.
    """
    check_writable(json_file)
    folder = out or RUNS / "incidents"
    with refusals():
        known = incident_names()
        asked = names or known
        for one in asked:
            is_file = one not in known and Path(one).is_file()
            if one not in known and not (is_file and load_scenario(one).incident):
                guess = did_you_mean(one, known) or ";"
                raise Refused(f"{one} is no incident{guess} allowed are {', '.join(known)}")
        if show_facts:
            _print_facts(asked)
            return
        check_out(folder / asked[0] / NAIVE)
    rows: list[dict[str, object]] = []
    wrong: list[str] = []
    for name, outcomes in _played(asked, seed, jobs, folder):
        if isinstance(outcomes, BaseException):
            wrong.append(f"{name}: {type(outcomes).__name__}: {outcomes}")
            continue
        rows += _rows(name, outcomes)
        wrong += [f"{name}: {one}" for one in complaints(facts(name), *outcomes)]
        write_json(json_file, rows)  # what is computed is kept, whatever comes next
    print_table("incidents: real loss, naive protocol, default protocol", rows, _COLUMNS)
    _print_losses(asked)
    for one in wrong:
        click.echo(f"error: {one}", err=True)
    sys.exit(1 if wrong else 0)


def _played(
    names: Sequence[str], seed: int | None, jobs: int, folder: Path
) -> Iterator[tuple[str, tuple[Outcome, Outcome] | BaseException]]:
    """Each incident's two runs, in order of the names; what breaks one stops no other."""
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        asked: dict[tuple[str, str], Future[Outcome]] = {
            (name, variant): pool.submit(play, name, variant, seed, folder)
            for name in names
            for variant in VARIANTS
        }
        for name in names:
            click.echo(f"playing: {name}", err=True)
            try:
                yield name, (asked[name, NAIVE].result(), asked[name, DEFAULT].result())
            except Exception as error:
                yield name, error


def _rows(name: str, outcomes: Sequence[Outcome]) -> list[dict[str, object]]:
    """The published loss, then a row for each variant."""
    incident = facts(name)
    real = {
        "incident": name,
        "variant": "real",
        "loss_share": 100 * incident.real_loss / incident.at_stake,
    }
    rows: list[dict[str, object]] = [real]
    for one in outcomes:
        lost = max(one.harm.others_loss, 0.0)
        share = 100 * lost / one.harm.others_deposited if one.harm.others_deposited else 0.0
        money: dict[str, object] = asdict(one.harm)
        if not incident.attackers:
            money["attacker_pnl"] = None
        row = {"incident": "", "variant": one.variant, "loss_share": share, **money}
        rows.append({**row, "digest": one.digest, "name": name})
    return rows


def _print_facts(names: Sequence[str]) -> None:
    for name in names:
        incident = facts(name)
        click.echo(f"{name}: {incident.title}, {incident.date}")
        for fact in incident.facts:
            click.echo(f"  - {' '.join(fact.split())}")
        click.echo(f"  mechanism: {' '.join(incident.mechanism.split())}")
        click.echo(f"  defence: {' '.join(incident.defence.split())}\n")


def _print_losses(names: Sequence[str]) -> None:
    for name in names:
        if reason := facts(name).still_loses:
            click.echo(f"{name}: the default still loses: {' '.join(reason.split())}")
