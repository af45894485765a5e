# pragma version 0.4.3
"""
@title Parameters of each market, as code
@notice Every trade reads a market's parameters and they change hardly ever, so they are kept as the
        code of a contract without functions: a slot and a cold account instead of two dozen slots.
        Pauses are not among them: a guardian's word must not cost a creation.
@custom:units As in `IMarketParams`.
"""

from contracts.interfaces import IMarketParams


struct Record:
    risk: IMarketParams.Risk  # but for `paused` and `liquidations_from`, which are zero
    grid: IMarketParams.Grid
    liquidation: IMarketParams.Liquidation


struct LiquidationTerms:  # the end of a record
    grid: IMarketParams.Grid
    liquidation: IMarketParams.Liquidation


_RISK_BYTES: constant(uint256) = 32 * 25
_GRID_BYTES: constant(uint256) = 32 * 4
_LIQUIDATION_BYTES: constant(uint256) = 32 * 11
_GRID_AT: constant(uint256) = _RISK_BYTES
_LIQUIDATION_AT: constant(uint256) = _GRID_AT + _GRID_BYTES
_RECORD_BYTES: constant(uint256) = _LIQUIDATION_AT + _LIQUIDATION_BYTES

# Returns the bytes after it: PUSH2 length, DUP1, PUSH1 10, RETURNDATASIZE, CODECOPY,
# RETURNDATASIZE, RETURN. A record begins with the first tier's bound, which is zero, and a zero
# byte is STOP: it can't be run.
_RETURN_REST: constant(Bytes[10]) = x"61050080600a3d393df3"

_records: HashMap[uint256, address]  # by market


@internal
@view
def _is_known(market: uint256) -> bool:
    return self._records[market] != empty(address)


@internal
def _store(market: uint256, record: Record):
    self._records[market] = raw_create(concat(_RETURN_REST, abi_encode(record)))


@internal
@view
def _load(market: uint256) -> Record:
    record: address = self._record(market)
    return abi_decode(slice(record.code, 0, _RECORD_BYTES), Record)


@internal
@view
def _risk(market: uint256) -> IMarketParams.Risk:
    record: address = self._record(market)
    return abi_decode(slice(record.code, 0, _RISK_BYTES), IMarketParams.Risk)


@internal
@view
def _grid(market: uint256) -> IMarketParams.Grid:
    record: address = self._record(market)
    return abi_decode(slice(record.code, _GRID_AT, _GRID_BYTES), IMarketParams.Grid)


@internal
@view
def _liquidation(market: uint256) -> IMarketParams.Liquidation:
    record: address = self._record(market)
    return abi_decode(
        slice(record.code, _LIQUIDATION_AT, _LIQUIDATION_BYTES), IMarketParams.Liquidation
    )


@internal
@view
def _liquidation_terms(market: uint256) -> (IMarketParams.Grid, IMarketParams.Liquidation):
    record: address = self._record(market)
    terms: LiquidationTerms = abi_decode(
        slice(record.code, _GRID_AT, _GRID_BYTES + _LIQUIDATION_BYTES), LiquidationTerms
    )
    return terms.grid, terms.liquidation


@internal
@view
def _record(market: uint256) -> address:
    record: address = self._records[market]
    assert record != empty(address), "params: no such market"
    return record
