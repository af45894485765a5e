"""A recorded run done again to explain one account in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.audit.opinion import Opinion, disagreements, opinion
from sim.audit.picture import Picture
from sim.audit.verdict import liquidated, verdict, why_rung
from sim.audit.witness import Attempt, Moment, Told, Witness
from sim.engine.replay import account_of, replay_to, replayed, target_of
from sim.records.folder import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What became of an account, and the moment that decided it."""

    account: int
    agent: str
    verdict: str
    timeline: Sequence[Moment]
    told: Sequence[Told]
    attempts: Sequence[Attempt]
    decided: Attempt | None  # the attempt that the picture is of
    picture: Picture | None
    opinion: Opinion | None
    disagreements: Sequence[str]
    rungs: Sequence[str]


def explain(run: Run, asked: str, block: int | None) -> Explanation:
    """Execute the run again up to the block, or to its end, with an eye on the account."""
    target = target_of(run, block)
    witness = Witness(block)
    with replayed(run, "revm", watch=witness) as (simulation, _):
        account = account_of(simulation, asked)
        witness.attach(simulation, account)
        replay_to(target, run, simulation, witness)
        owners = dict(simulation.system_accounts)
        owners |= {one: name for name, who in simulation.members.items() for one in who.accounts}
    attempts = [one for one in witness.attempts if block in (None, one.block)]
    decided = _decisive(attempts)
    picture = (decided.before if decided else None) or witness.asked or witness.worst
    found = None if picture is None else opinion(picture)
    timeline = witness.timeline if block is None else witness.timeline[-1:]
    told = [one for one in witness.told if block in (None, one.block)]
    return Explanation(
        account=account,
        agent=owners.get(account, "unknown"),
        verdict=verdict(attempts, timeline, told),
        timeline=witness.timeline,
        told=witness.told,
        attempts=witness.attempts,
        decided=decided,
        picture=picture,
        opinion=found,
        disagreements=[] if picture is None or found is None else disagreements(picture, found),
        rungs=why_rung(decided) if decided else [],
    )


def _decisive(attempts: Sequence[Attempt]) -> Attempt | None:
    """The first that went through, or else the last that was refused."""
    through = [one for one in attempts if liquidated(one) is not None]
    exhausted = [one for one in attempts if one.ok]
    return next(iter((*through, *exhausted, *reversed(attempts))), None)
