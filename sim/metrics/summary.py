"""The figures of a run in one place: what summary.json holds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sim.metrics.fees import crowding
from sim.metrics.frames import exact, quote
from sim.metrics.funding import funding_paid
from sim.metrics.ladder import by_rung, last_rungs
from sim.metrics.liquidations import cascade_multiplier, liquidated_notional
from sim.metrics.money import bad_debt, drawdown, pool_path
from sim.metrics.oracle import error_bps, error_summary, status_share
from sim.metrics.run_tables import run_tables
from sim.portable import total
from sim.records.folder import Run
from sim.types import Status

STATUS_NAMES = {status.value: status.name for status in Status}


def summarise(run: Run) -> dict[str, object]:
    """Every figure of a run; money in quote, errors in bp, times in seconds."""
    blocks, markets = run.blocks, run.markets
    if blocks.empty:
        return {"digest": run.manifest.get("digest"), "blocks": 0, "txs": 0, "reverts": 0}
    tables = run_tables(run)
    struck = tables.liquidations
    pool = pool_path(blocks["insurance_wad"])
    wall_s = total(blocks["wall_s"])
    txs = int(blocks["txs"].sum())
    return {
        "scenario": run.manifest["scenario"],
        "seed": run.manifest["seed"],
        "engine": run.manifest["engine"],
        "status": run.manifest["status"],
        "digest": run.manifest.get("digest"),
        "unsafe_methods": unsafe(run.manifest),
        "blocks": len(blocks),
        "simulated_s": int(np.ptp(blocks["time_s"].to_numpy())),
        "txs": txs,
        "reverts": int(blocks["reverts"].sum()),
        "events": run.event_count,
        "wall_s": wall_s,
        "evm_s": total(blocks["evm_wall_s"]),
        "tx_per_s": txs / wall_s if wall_s else None,
        **_errors("index", markets),
        **_errors("mark", markets),
        "oracle_ok_share": status_share(markets["status"], STATUS_NAMES).get("OK", 0.0),
        "liquidations": len(struck),
        **by_rung(struck),
        **last_rungs(tables.events),
        "liquidated_accounts": int(struck["account"].nunique()),
        "liquidated_notional": liquidated_notional(struck),
        "cascade_multiplier": cascade_multiplier(tables.cascades),
        "bad_debt": bad_debt(run.accounts),
        "insurance_start": pool["start"],
        "insurance_min": pool["min"],
        "insurance_end": pool["end"],
        "insurance_max_drawdown": float(drawdown(quote(blocks["insurance_wad"])).max()),
        "funding_paid": funding_paid(tables.events),
        **crowding(blocks, run.transactions),
        "conservation_error_wad": max(
            abs(error) for error in exact(blocks["conservation_error_wad"])
        ),
        "invariant_violations": int(blocks["violations"].map(len).sum()),
    }


def unsafe(manifest: Mapping[str, object]) -> str:
    """The run's methods that are there to be beaten, in words; empty if there are none."""
    listed = manifest.get("unsafe", [])
    assert isinstance(listed, list), "a manifest written by the recorder lists its unsafe methods"
    return "; ".join(listed)


def _errors(name: str, markets: pd.DataFrame) -> dict[str, float | None]:
    errors = error_summary(error_bps(markets[f"{name}_wad"], markets["true_wad"]))
    return {f"{name}_error_bps_{figure}": value for figure, value in errors.items()}
