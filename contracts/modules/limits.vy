# pragma version 0.4.3
"""
@title Shared limits and constants
@notice What more than one contract counts up to or scales by, each stated here and nowhere else.
        The interfaces repeat MAX_FILLS and TIERS as numbers: an interface imports no module.
@custom:units Bare counts, seconds and scales; 18 decimals where the name ends in `_WAD`.
"""

# Scales
WAD: constant(uint256) = 10**18
SIGNED_WAD: constant(int256) = 10**18
WAD_PER_RAW: constant(uint256) = 10**12  # the collateral has 6 decimals
BPS: constant(uint256) = 10_000
DAY_S: constant(uint256) = 86_400
ROUND_S: constant(uint256) = 600  # how long rounds of deleveraging count positions as they were

# Bounds
MAX_MARKETS: constant(uint256) = 8  # a cross account's health loops over all of them
MAX_FILLS: constant(uint256) = 32  # makers of one taker in one call, bounds the gas of a trade
MAX_OPEN: constant(uint256) = 64  # open orders of an account in a book: its slots in `order_queue`
TIERS: constant(uint256) = 4  # of margin, in every market
MAX_PRICE_WAD: constant(uint256) = 2**96 - 1  # index, mark and feeds believe none above
MAX_AHEAD_S: constant(uint256) = 5  # how far a reading's time may be ahead of the block's

# Masks of packed words
LOW_32: constant(uint256) = 2**32 - 1
LOW_56: constant(uint256) = 2**56 - 1
LOW_64: constant(uint256) = 2**64 - 1
LOW_96: constant(uint256) = 2**96 - 1
LOW_112: constant(uint256) = 2**112 - 1
LOW_128: constant(uint256) = 2**128 - 1
LOW_144: constant(uint256) = 2**144 - 1
