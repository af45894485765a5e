# pragma version 0.4.3
"""
@title What stands beside the best prices of a book
@notice The last trade and this block's mark, in the ladder's own word of best prices.
@custom:units Times unix seconds, prices ticks; the mark 18 decimals.
"""

from contracts.modules.book import price_ladder


# Beside the ladder's best prices stand the last trade and this block's mark, so that only a block's
# first caller pays for a poke: trade time 40, trade tick 24, block of the poke 48, mark_wad 96.
TIME_AT: constant(uint256) = price_ladder.ASIDE
TICK_AT: constant(uint256) = TIME_AT + 40
BLOCK_AT: constant(uint256) = TICK_AT + 24
MARK_AT: constant(uint256) = BLOCK_AT + 48
TRADE: constant(uint256) = (2**64 - 1) << TIME_AT
