# pragma version 0.4.3
"""
@title Account numbers
@notice `owner << 96 | bucket`: bucket 0 is cross, bucket m isolated in market m; and what may be
        held where.
@custom:units None.
"""

from contracts.modules import limits
from contracts.modules import refusal

DEFICIT: constant(uint256) = 2**96 - 1  # bucket of the pool's where such debts wait for income


@internal
@pure
def _check_account(account: uint256):
    if account >> 96 == 0:
        refusal._refuse("account has no owner")
    if account & limits.LOW_96 > limits.MAX_MARKETS:
        refusal._refuse("no such bucket")


@internal
@pure
def _check_may_hold(account: uint256, market: uint256):
    bucket: uint256 = account & limits.LOW_96
    if bucket != 0 and bucket != market:
        refusal._refuse("isolated account of another market")


@internal
@pure
def _cross_account(owner: address) -> uint256:
    return convert(owner, uint256) << 96
