"""Fees in hundredths of a basis point, and rebates that the taker's own fee pays for."""

from __future__ import annotations

from sim.reference.venues.numbers import RuleError

HUNDREDTHS_PER_UNIT = 10**6
MOST_HUNDREDTHS = 10_000  # 1 %


def trade_fees_wad(
    notional_wad: int, *, maker_hundredths: int, taker_hundredths: int
) -> tuple[int, int]:
    """What maker and taker of a fill pay: charges up, a rebate (below 0) down.

    A rebate is never more than the taker pays, so that the fees of a fill are 0 or more in total
    whatever the two rates are.
    """
    for name, rate in (("maker", maker_hundredths), ("taker", taker_hundredths)):
        if abs(rate) > MOST_HUNDREDTHS:
            raise RuleError(
                f"the {name} fee is {rate} hundredths of a bp; "
                f"-{MOST_HUNDREDTHS} to {MOST_HUNDREDTHS} are allowed"
            )
    if taker_hundredths < 0:
        raise RuleError(f"the taker fee is {taker_hundredths} hundredths of a bp; 0 is the least")
    taker_wad = _up(notional_wad * taker_hundredths)
    if maker_hundredths >= 0:
        return _up(notional_wad * maker_hundredths), taker_wad
    rebate_wad = notional_wad * -maker_hundredths // HUNDREDTHS_PER_UNIT
    return -min(rebate_wad, taker_wad), taker_wad


def _up(scaled_wad: int) -> int:
    return -(-scaled_wad // HUNDREDTHS_PER_UNIT)
