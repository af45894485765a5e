# pragma version 0.4.3
"""
@title Shares of a pot, rounded for the pot
@custom:units Whole units.
"""

PLENTY: constant(uint256) = 1_000
SCARCE: constant(uint256) = 10


@internal
@pure
def _share_down(amount: uint256, total: uint256) -> uint256:
    return amount * PLENTY // total


@internal
@pure
def _share_up(amount: uint256, total: uint256) -> uint256:
    return (amount * PLENTY + total - 1) // total
