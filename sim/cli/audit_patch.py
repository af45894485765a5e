"""`audit patch`: attacks and honest scenarios on two trees of contracts, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from sim.audit.patched import Play
from sim.audit.patched import patched as played
from sim.audit.vyper_project import ProjectError
from sim.cli.errors import Command, Refused, refusals
from sim.cli.tables import Column, check_writable, json_option, number, print_table, write_rows

DEFAULT = ("calm",)
_money = number(0)
COLUMNS = (
    Column("scenario", "scenario"),
    Column("kind", "kind"),
    *(Column(key, key.replace("_", " "), _money) for key in ("attacker_old", "attacker_new")),
    *(Column(key, key.replace("_", " "), _money) for key in ("others_old", "others_new")),
    *(Column(key, key.replace("_", " "), _money) for key in ("liquidated_old", "liquidated_new")),
    *(Column(key, key.replace("_", " "), number(0)) for key in ("reverts_old", "reverts_new")),
    Column("verdict", "verdict"),
)


@click.command(cls=Command)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--scenario", "scenarios", multiple=True, help="Incident or scenario [calm].")
@click.option("--blocks", type=click.IntRange(min=1), help="Fewer than the scenarios' own.")
@json_option
def patch(
    old: Path, new: Path, scenarios: Sequence[str], blocks: int | None, json_file: Path | None
) -> None:
    """Run scenarios on the contracts of OLD and on those of NEW, and say what the change did.

    An incident's attackers are followed by what they earn; other scenarios are honest traffic.
    Exits with 1 if an attack now pays, or an invariant is broken that held.
    """
    check_writable(json_file)
    try:
        with refusals():
            found = played(
                *(old, new, scenarios or DEFAULT),
                blocks=blocks,
                told=lambda name: click.echo(name, err=True),
            )
    except ProjectError as error:
        raise Refused(str(error)) from error
    rows = [_row(one) for one in found]
    print_table(f"{old} against {new}", rows, COLUMNS, width=180)
    write_rows(json_file, rows, COLUMNS)
    if any(one.verdict.startswith(("OPENED", "BREAKS")) for one in found):
        raise SystemExit(1)


def _row(one: Play) -> dict[str, object]:
    return {
        "scenario": one.scenario,
        "kind": "attack" if one.is_attack else "honest",
        "attacker_old": one.old.attacker_pnl,
        "attacker_new": one.new.attacker_pnl,
        "others_old": one.old.others_loss,
        "others_new": one.new.others_loss,
        "liquidated_old": one.old.liquidated,
        "liquidated_new": one.new.liquidated,
        "reverts_old": one.reverts[0],
        "reverts_new": one.reverts[1],
        "verdict": one.verdict,
    }
