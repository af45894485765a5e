"""The margin arithmetic alone on a chain, asked with the reference's own terms."""

from __future__ import annotations

from typing import Any

from sim.reference.margin import Risk
from tests.clearing_world import tier_columns
from tests.support.contracts import lone

NOBODY = "0x" + "00" * 20


def risk_words(risk: Risk) -> tuple[Any, ...]:
    """A market's terms as the ABI wants them."""
    return (
        *tier_columns(risk),
        *(risk.im_upnl_weight_wad, risk.withdraw_upnl_weight_wad),
        *(risk.oi_lo_wad, risk.oi_hi_wad, risk.oi_cap_wad, risk.oi_cap_quote_wad),
        *(risk.maker_bps, risk.taker_bps, risk.liquidation_bps, risk.backstop_wad),
        *(0, risk.liquidations_from, NOBODY),
    )


class RiskWorld:
    """Asks the harness."""

    def __init__(self) -> None:
        self._harness = lone("RiskHarness")

    def ask(self, method: str, *arguments: Any) -> Any:
        """What the harness answers; a Risk is turned into its words."""
        words = [risk_words(one) if isinstance(one, Risk) else one for one in arguments]
        return self._harness.read(method, *words)
