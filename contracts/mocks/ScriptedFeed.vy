# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Price source that says whatever a test wants
@notice Anyone may set its reading, true or absurd, and make it revert or burn its gas.
@custom:units Prices are quote per base, 18 decimals; times are unix seconds.
"""

from contracts.interfaces import IPriceFeed

implements: IPriceFeed

HONEST: constant(uint256) = 0
REVERTING: constant(uint256) = 1
ENDLESS: constant(uint256) = 2

POOL: public(address)  # zero where it is to pass for no pool's

_reading: IPriceFeed.Reading
_fault: uint256


@external
def set_reading(price_wad: uint256, conf_wad: uint256, observed_at: uint256):
    self._reading = IPriceFeed.Reading(
        price_wad=price_wad, conf_wad=conf_wad, observed_at=observed_at
    )


@external
def set_pool(pool: address):
    self.POOL = pool


@external
def set_fault(fault: uint256):
    """
    @param fault 0 answers, 1 reverts, 2 burns all gas it is given.
    """
    assert fault <= ENDLESS, "scripted feed: unknown fault"
    self._fault = fault


@view
@external
def latest() -> IPriceFeed.Reading:
    assert self._fault != REVERTING, "scripted feed: told to revert"
    if self._fault == ENDLESS:
        burnt: bytes32 = empty(bytes32)
        for _: uint256 in range(max_value(uint256)):
            burnt = keccak256(burnt)
    return self._reading
