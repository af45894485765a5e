# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Adapter over a Chainlink aggregator
@notice Serves any AggregatorV3 as a source of an index. What is not a good answer is not live
        (price 0), never passed on and never a revert:
        - no answer, a revert, too few bytes, or more gas than an answer may cost;
        - an answer of zero or below, or at or beyond a bound. Aggregators clamp to bounds of
          their own and serve the bound as if it were the price (LUNA at its `minAnswer`, 2022):
          give the adapter the same bounds;
        - a round that is not complete, was answered in an earlier round, or is from the future;
        - decimals that are no longer those the adapter was made for.
        Its age is for the index to judge, by the `stale_s` of the source.
@custom:units Answers are in the aggregator's decimals; prices are quote per base, 18 decimals;
              `_bps` is 1e-4; times are unix seconds.
@custom:invariant A price that is served is an answer strictly inside the bounds, scaled exactly
                  and rounded down, from a complete round that is not from the future.
"""

from contracts.interfaces import IPriceFeed

implements: IPriceFeed

from contracts.modules import limits
from contracts.modules.math import fixed_point


# As of AggregatorV3, widened to whole words: a dirty one is refused here, not in decoding.
struct Round:
    round_id: uint256
    answer: int256
    started_at: uint256
    updated_at: uint256
    answered_in_round: uint256


_DECIMALS: constant(uint256) = 18
_MAX_DECIMALS: constant(uint256) = 36
_MAX_ROUND: constant(uint256) = 2**80 - 1
# Both calls together leave the adapter enough of what the index grants a source.
_ROUND_GAS: constant(uint256) = 120_000
_DECIMALS_GAS: constant(uint256) = 40_000

AGGREGATOR: public(immutable(address))
AGGREGATOR_DECIMALS: public(immutable(uint256))
CONF_BPS: public(immutable(uint256))
MIN_ANSWER: public(immutable(int256))
MAX_ANSWER: public(immutable(int256))


@deploy
def __init__(aggregator: address, conf_bps: uint256, min_answer: int256, max_answer: int256):
    """
    @param aggregator An AggregatorV3 of at most 36 decimals.
    @param conf_bps Half-width of the confidence, of the price: the aggregator's deviation
           threshold, within which it does not update.
    @param min_answer Answers at or below it are not live; 0 for no bound.
    @param max_answer Answers at or above it are not live; the largest int256 for no bound.
    """
    assert aggregator != empty(address), "feed: aggregator is zero"
    assert conf_bps <= limits.BPS, "feed: conf out of range"
    assert 0 <= min_answer, "feed: min answer below zero"
    assert min_answer < max_answer, "feed: max answer not above min"
    AGGREGATOR = aggregator
    CONF_BPS = conf_bps
    MIN_ANSWER = min_answer
    MAX_ANSWER = max_answer
    is_answered: bool = False
    decimals: uint256 = 0
    is_answered, decimals = self._decimals(aggregator)
    assert is_answered, "feed: not an aggregator"
    assert decimals <= _MAX_DECIMALS, "feed: too many decimals"
    AGGREGATOR_DECIMALS = decimals


@view
@external
def latest() -> IPriceFeed.Reading:
    is_answered: bool = False
    round: Round = empty(Round)
    is_answered, round = self._round()
    if not is_answered or not self._is_good(round):
        return empty(IPriceFeed.Reading)
    decimals: uint256 = 0
    is_answered, decimals = self._decimals(AGGREGATOR)
    if not is_answered or decimals != AGGREGATOR_DECIMALS:
        return empty(IPriceFeed.Reading)
    price_wad: uint256 = self._scaled_wad_down(convert(round.answer, uint256))
    if price_wad == 0:
        return empty(IPriceFeed.Reading)
    return IPriceFeed.Reading(
        price_wad=price_wad,
        conf_wad=fixed_point._bps_up(price_wad, CONF_BPS),
        observed_at=round.updated_at,
    )


@internal
@view
def _is_good(round: Round) -> bool:
    if round.answer <= MIN_ANSWER or round.answer >= MAX_ANSWER:
        return False
    if round.round_id > _MAX_ROUND or round.answered_in_round < round.round_id:
        return False
    return 0 < round.updated_at and round.updated_at <= block.timestamp + limits.MAX_AHEAD_S


@internal
@view
def _scaled_wad_down(answer: uint256) -> uint256:
    """
    @dev 0 for what no index would believe, which also keeps the multiplication in range.
    """
    price_wad: uint256 = 0
    if AGGREGATOR_DECIMALS > _DECIMALS:
        price_wad = fixed_point._mul_div_down(answer, 1, 10**(AGGREGATOR_DECIMALS - _DECIMALS))
    elif answer <= limits.MAX_PRICE_WAD:
        price_wad = answer * 10**(_DECIMALS - AGGREGATOR_DECIMALS)
    return price_wad if price_wad <= limits.MAX_PRICE_WAD else 0


@internal
@view
def _round() -> (bool, Round):
    is_answered: bool = False
    answer: Bytes[160] = b""
    is_answered, answer = raw_call(
        AGGREGATOR,
        method_id("latestRoundData()"),
        max_outsize=160,
        gas=_ROUND_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    if not is_answered or len(answer) != 160:
        return False, empty(Round)
    return True, abi_decode(answer, Round)


@internal
@view
def _decimals(aggregator: address) -> (bool, uint256):
    is_answered: bool = False
    answer: Bytes[32] = b""
    is_answered, answer = raw_call(
        aggregator,
        method_id("decimals()"),
        max_outsize=32,
        gas=_DECIMALS_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    if not is_answered or len(answer) != 32:
        return False, 0
    return True, convert(answer, uint256)
