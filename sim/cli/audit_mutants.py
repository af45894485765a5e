"""`audit mutants`: faults put into a Vyper project on purpose, and whether its tests notice."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from sim.audit.hand_made import hand_made, reasons
from sim.audit.kill_score import Score, score_of
from sim.audit.mutant_trial import Trial
from sim.audit.mutation import Plan, campaign, chosen
from sim.audit.statement_operators import mutants_under
from sim.audit.vyper_project import Project, ProjectError
from sim.cli.errors import Command, Refused
from sim.cli.tables import Column, check_writable, number, print_table, write_json

OPERATORS = (
    Column("operator", "operator"),
    *(Column(key, key, number(0)) for key in ("killed", "survived", "equivalent", "invalid")),
)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(cls=Command)
@click.argument("tree", metavar="PATH", type=click.Path(path_type=Path))
@click.option("--tests", required=True, multiple=True, help="A command that passes [repeat it].")
@click.option("--only", multiple=True, metavar="GLOB", help="Sources to break [all of them].")
@click.option("--sample", type=click.IntRange(min=1), help="So many that compile [all].")
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Of the sample [0].")
@click.option("--minutes", type=click.FloatRange(min=0), help="Start none after so long.")
@click.option("--processes", type=click.IntRange(min=1), help="[one a core]")
@click.option("--hand-made", "by_hand", type=_FILE, help="YAML of faults to try first.")
@click.option("--hand-made-only", is_flag=True, help="Try no others.")
@click.option("--equivalents", type=_FILE, help="YAML of mutants that are no fault, with reasons.")
@click.option("--state", type=_FILE, help="Keep trials here, and go on from what is in it.")
@click.option("--json", "json_file", type=_FILE, help="Write score and survivors as JSON too.")
def mutants(
    tree: Path,
    tests: Sequence[str],
    only: Sequence[str],
    sample: int | None,
    seed: int,
    minutes: float | None,
    processes: int | None,
    by_hand: Path | None,
    hand_made_only: bool,
    equivalents: Path | None,
    state: Path | None,
    json_file: Path | None,
) -> None:
    """Break the Vyper sources under PATH one fault at a time, in copies, and run the tests.

    The commands of --tests run in a copy of PATH, ordered by what they have killed, up to the first
    that fails. PATH itself is never written to. Exits with 1 if a fault made by hand survived.
    """
    check_writable(json_file)
    check_writable(state, "--state")
    try:
        made = hand_made(by_hand, tree) if by_hand else []
        known = reasons(equivalents) if equivalents else []
        files = Project(tree).files(only)
        generated = [] if hand_made_only else chosen(mutants_under(tree, files), seed)
        plan = Plan(
            root=tree.resolve(),
            commands=tests,
            sample=None if sample is None else sample + len(made),
            seed=seed,
            minutes=minutes,
            processes=processes or os.cpu_count() or 1,
            state=state,
        )
        said = f"{len(generated):,} mutants of {len(files)} files, {len(made)} made by hand"
        click.echo(said, err=True)
        trials = list(campaign(plan, [*made, *generated], _tell))
        score = score_of(trials, tree, known)
    except (ProjectError, OSError) as error:
        raise Refused(str(error)) from error
    _show(score)
    write_json(json_file, _as_json(score))
    if any(one.name for one in score.survivors):
        raise SystemExit(1)


def _tell(trial: Trial) -> None:
    one = trial.mutant
    click.echo(
        f"{trial.outcome:>16}  {one.file}:{one.line}  {one.name or one.operator}"
        f"  {trial.wall_s:.1f} s",
        err=True,
    )


def _show(score: Score) -> None:
    print_table("by operator", score.rows, OPERATORS)
    for title, found in (("survived", score.survivors), ("equivalent", score.equivalents)):
        for one in found:
            reason = f": {one.reason}" if one.reason else ""
            click.echo(f"\n{title}, {one.operator} {one.name}{reason}\n{one.diff}")
    share = "-" if score.percent is None else f"{score.percent / 100:.2f} %"
    click.echo(
        f"\nscore {share}: {score.killed} of {score.counted} noticed; {len(score.equivalents)} "
        f"equivalent by reason, {score.same} by bytecode, {score.invalid} did not compile"
    )


def _as_json(score: Score) -> dict[str, object]:
    return asdict(score) | {"counted": score.counted, "score_bps": score.percent}
