# pragma version 0.4.3
"""
@title A market's grid set by hand
@notice For tests of the book alone: one grid, given for any market.
"""

from contracts.interfaces import IMarketParams

_grid: IMarketParams.Grid


@deploy
def __init__(grid: IMarketParams.Grid):
    self._grid = grid


@external
def set_grid(grid: IMarketParams.Grid):
    self._grid = grid


@view
@external
def grid(market: uint256) -> IMarketParams.Grid:
    return self._grid
