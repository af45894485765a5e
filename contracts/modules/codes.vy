# pragma version 0.4.3
"""
@title Shared codes
@notice Numbers that contracts say to each other, each stated here and nowhere else.
@custom:units None.
"""

# Kinds of order, as the book takes them
LIMIT: constant(uint256) = 0
IOC: constant(uint256) = 1
FOK: constant(uint256) = 2
POST_ONLY: constant(uint256) = 3

# Kinds of venue, as the clearinghouse answers
LIQUIDATOR: constant(uint256) = 2
DELEVERAGER: constant(uint256) = 3
POOL: constant(uint256) = 4

# What a liquidation order met, as the book answers
TAKE_FILLED: constant(uint256) = 0
TAKE_NOTHING: constant(uint256) = 1  # nothing within the limit that can be filled
TAKE_UNFINISHED: constant(uint256) = 2  # more dead orders than one call clears, and nothing filled

# Rungs of the liquidation ladder, as the liquidator answers
RUNG_BOOK: constant(uint256) = 0
RUNG_TAKEOVER: constant(uint256) = 1
RUNG_BACKSTOP: constant(uint256) = 2
RUNG_NONE: constant(uint256) = 3  # no rung could act: the deleverager's turn
RUNG_SWEPT: constant(uint256) = 4  # none was tried: dead orders were cleared, and there are more
