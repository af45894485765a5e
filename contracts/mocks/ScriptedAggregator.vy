# pragma version 0.4.3
"""
@title An index that says what it is told
@notice For tests of what reads the index: anyone sets it.
"""

from contracts.interfaces import IOracleAggregator

implements: IOracleAggregator

_indices: HashMap[uint256, IOracleAggregator.IndexPrice]


@external
def set_index(market: uint256, price: IOracleAggregator.IndexPrice):
    self._indices[market] = price


@external
def refresh(market: uint256) -> IOracleAggregator.IndexPrice:
    return self._indices[market]


@view
@external
def is_unsafe(market: uint256) -> bool:
    return False


@view
@external
def index(market: uint256) -> IOracleAggregator.IndexPrice:
    return self._indices[market]
