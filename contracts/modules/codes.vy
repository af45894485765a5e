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

# Rungs of the liquidation ladder, as the liquidator answers
RUNG_BOOK: constant(uint256) = 0
RUNG_TAKEOVER: constant(uint256) = 1
RUNG_BACKSTOP: constant(uint256) = 2
RUNG_NONE: constant(uint256) = 3  # no rung could act: the deleverager's turn
