# pragma version 0.4.3
"""
@title What a market's index remembers, packed
@notice Keeps the memory of `breaker` in as few slots as can be. A block with a good index reads
        four and writes two; those of the breaker's window are written when its extremes move.
@custom:units `_wad` is quote per base, 18 decimals; times are unix seconds.
"""

from contracts.interfaces import IOracleAggregator
from contracts.modules import oracle_status
from contracts.modules.index import breaker


# Markets are numbered from 1.
MAX_MARKET: constant(uint256) = 8

# Prices are below 2**96 at the sources, so that all that is made of them stays below 2**112.
_HALF: constant(uint256) = 2**112 - 1
_TIME: constant(uint256) = 2**40 - 1
_BYTE: constant(uint256) = 255
_WINDOW: constant(uint256) = 2**32 - 1

# price 112 | conf 112 | status 8 | missing 8 | unused 16
_shown: uint256[MAX_MARKET + 1]
# block 56 | observed 40 | liquidations 40 | halted 40 | counted 40 | good 40
_clock: uint256[MAX_MARKET + 1]
# low 112 | high 112, used only while the index is not good
_believed: uint256[MAX_MARKET + 1]
# The last good index, used only in DISPUTED: in every other status it is the price shown.
_good_wad: uint256[MAX_MARKET + 1]
# low 112 | high 112 | window 32
_window: uint256[MAX_MARKET + 1]
# low 112 | high 112
_window_before: uint256[MAX_MARKET + 1]


@internal
@view
def _is_fresh(market: uint256) -> bool:
    """
    @dev Whether the index was already stored in this block.
    """
    return self._clock[market] >> 200 == block.number


@internal
@view
def _load(market: uint256) -> breaker.Memory:
    shown: uint256 = self._shown[market]
    clock: uint256 = self._clock[market]
    window: uint256 = self._window[market]
    before: uint256 = self._window_before[market]
    price_wad: uint256 = shown >> 144
    conf_wad: uint256 = (shown >> 32) & _HALF
    status: uint256 = (shown >> 24) & _BYTE
    low_wad: uint256 = 0
    high_wad: uint256 = 0
    if oracle_status._is_good(status):
        if price_wad != 0:
            low_wad = breaker._low_wad(price_wad, conf_wad)
            high_wad = price_wad + conf_wad
    else:
        believed: uint256 = self._believed[market]
        low_wad = believed >> 112
        high_wad = believed & _HALF
    return breaker.Memory(
        shown=IOracleAggregator.IndexPrice(
            price_wad=price_wad,
            conf_wad=conf_wad,
            low_wad=low_wad,
            high_wad=high_wad,
            status=status,
            observed_at=(clock >> 160) & _TIME,
            liquidations_from=(clock >> 120) & _TIME,
        ),
        good_wad=self._good_wad[market] if status == oracle_status.DISPUTED else price_wad,
        good_at=clock & _TIME,
        halted_until=(clock >> 80) & _TIME,
        missing=(shown >> 16) & _BYTE,
        counted_at=(clock >> 40) & _TIME,
        window=window & _WINDOW,
        low_wad=window >> 144,
        high_wad=(window >> 32) & _HALF,
        before_low_wad=before >> 112,
        before_high_wad=before & _HALF,
    )


@internal
def _store(market: uint256, memory: breaker.Memory):
    index: IOracleAggregator.IndexPrice = memory.shown
    self._shown[market] = (
        (index.price_wad << 144)
        | (index.conf_wad << 32)
        | (index.status << 24)
        | (memory.missing << 16)
    )
    self._clock[market] = (
        (block.number << 200)
        | (index.observed_at << 160)
        | (index.liquidations_from << 120)
        | (memory.halted_until << 80)
        | (memory.counted_at << 40)
        | memory.good_at
    )
    if oracle_status._is_good(index.status):
        # Only a good index moves the window.
        self._window[market] = (memory.low_wad << 144) | (memory.high_wad << 32) | memory.window
        self._window_before[market] = (memory.before_low_wad << 112) | memory.before_high_wad
    else:
        self._believed[market] = (index.low_wad << 112) | index.high_wad
        if index.status == oracle_status.DISPUTED:
            self._good_wad[market] = memory.good_wad
