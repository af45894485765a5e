"""How tight the breaker should be: alarms against labelled faults, threshold by threshold."""

from __future__ import annotations

from collections.abc import Sequence

from sim.experiments.oracle.designs import DEFAULT, Design, rules
from sim.experiments.oracle.episode import Episode, honest, play
from sim.experiments.oracle.fault_catalogue import FAULTS
from sim.experiments.oracle.price_path import PricePath
from sim.experiments.oracle.score import RECOVERY_S, Row
from sim.experiments.oracle.testbed import OracleTestbed
from sim.reference.margin import Price
from sim.types import Status
from sim.types.codes import IndexMethod

STEPS_BPS = (25, 50, 100, 200, 500, 1_000, 2_000)
ALARMS = (Status.HALTED, Status.DISPUTED)


def alarm_rows(calm: PricePath, crash: PricePath) -> list[Row]:
    """A point of the ROC for each breaker step; the window's limit is twice the step."""
    designs = {step: _design(step) for step in STEPS_BPS}
    testbed = OracleTestbed(list(designs.values()), calm, ())
    majority = len(calm.feeds) // 2 + 1
    episodes = [honest(testbed, calm), honest(testbed, crash)]
    for name, kind in FAULTS.items():
        path = crash if kind.needs_crash else calm
        episodes += [play(testbed, path, name, k, kind.effect) for k in (1, majority)]
    return [
        {
            "table": "alarms",
            "method": DEFAULT,
            "fault": "all",
            "corrupted": majority,
            "feeds": len(calm.feeds),
            "step_bps": step,
            **score(episodes, design.name),
        }
        for step, design in designs.items()
    ]


def score(episodes: Sequence[Episode], name: str) -> Row:
    """Harmful windows with an alarm while the harm lasted; seconds of alarm where nothing harms.

    Harm: the middle of what all feeds say is more than 1 % off the middle of what is honest.
    """
    harmful = alarmed = sound = false = missed = 0
    for episode in episodes:
        pairs = list(zip(episode.moments, episode.shown[name], strict=True))
        harmed = [price for moment, price in pairs if moment.displaced]
        harmful += bool(harmed)
        alarmed += any(_rings(price) for price in harmed)
        missed += sum(not _rings(price) and price.status == Status.OK for price in harmed)
        begun_s = min((one.now_s for one, _ in pairs if one.displaced), default=None)
        ended_s = max((one.now_s for one, _ in pairs if one.displaced), default=0)
        for moment, price in pairs:
            if begun_s is None or not begun_s <= moment.now_s <= ended_s + RECOVERY_S:
                sound += 1
                false += _rings(price)
    block_s = episodes[0].path.block_s
    return {
        "harmful_windows": harmful,
        "alarmed_windows": alarmed,
        "hit_rate": round(alarmed / harmful, 4) if harmful else None,
        "sound_s": block_s * sound,
        "false_alarm_s": block_s * false,
        "false_alarm_rate": round(false / sound, 4) if sound else None,
        "missed_alarm_s": block_s * missed,
    }


def _rings(price: Price) -> bool:
    return price.status in ALARMS


def _design(step_bps: int) -> Design:
    index = rules(IndexMethod.WEIGHTED_MEDIAN, step_bps=step_bps, window_bps=2 * step_bps)
    return Design(name=f"STEP_{step_bps}", index=index)
