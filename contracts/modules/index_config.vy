# pragma version 0.4.3
"""
@title Sources and rules of each market's index, packed
@notice One word a source and two for the rules, since every refresh reads them all.
@custom:units `_wad` is quote per base, 18 decimals; `_bps` is 1e-4; `_s` is seconds; weights have
              no unit.
"""

from contracts.modules import index_state
from contracts.modules import naive_index


struct Source:
    feed: address  # an IPriceFeed
    weight: uint256
    stale_s: uint256  # age from which its reading is not live


struct Rules:
    method: uint256  # 0 is the weighted median with all rules; the others are unsafe
    conf_max_bps: uint256  # widest confidence of a live reading, of its price
    outlier_bps: uint256  # distance from the pre-median within which nobody is an outlier
    step_bps: uint256  # largest believed move between two good indices
    window_bps: uint256  # largest believed move within 5 minutes
    cooldown_s: uint256  # how long a larger one halts the market
    grace_s: uint256  # from a recovery to the first liquidation
    dead_after_s: uint256  # age at which the last good index serves for nothing
    smoothing_s: uint256  # time constant of the method EMA
    min_wad: uint256  # no index below or above these is believed
    max_wad: uint256


MAX_SOURCES: constant(uint256) = 8  # as many as a refresh can afford to read
MAX_PRICE_WAD: constant(uint256) = 2**96 - 1
_BPS: constant(uint256) = 10_000
_MAX_WEIGHT: constant(uint256) = 2**16 - 1
_MAX_SPAN_S: constant(uint256) = 86_400
_SPAN: constant(uint256) = 2**24 - 1
_WORD16: constant(uint256) = 2**16 - 1
_BYTE: constant(uint256) = 2**8 - 1
_HALF: constant(uint256) = 2**128 - 1
_ADDRESS: constant(uint256) = 2**160 - 1

# method 8 | conf_max 16 | outlier 16 | step 16 | window 16 | cooldown 24 | grace 24
# | dead_after 24 | smoothing 24 | total weight 24 | count 8, from bit 192 down; 56 unused
_rules: uint256[index_state.MAX_MARKET + 1]
# min 128 | max 128
_bounds: uint256[index_state.MAX_MARKET + 1]
# stale 24 | weight 16 | feed 160
_sources: uint256[MAX_SOURCES][index_state.MAX_MARKET + 1]


@internal
def _set(market: uint256, rules: Rules, sources: DynArray[Source, MAX_SOURCES]):
    """
    @dev Refuse what makes no sense; replace the market's rules and sources.
    """
    assert market != 0 and market <= index_state.MAX_MARKET, "oracle: unknown market"
    self._check(rules)
    total_weight: uint256 = self._checked_weight(rules.method, sources)

    self._bounds[market] = (rules.min_wad << 128) | rules.max_wad
    self._rules[market] = (
        (rules.method << 192)
        | (rules.conf_max_bps << 176)
        | (rules.outlier_bps << 160)
        | (rules.step_bps << 144)
        | (rules.window_bps << 128)
        | (rules.cooldown_s << 104)
        | (rules.grace_s << 80)
        | (rules.dead_after_s << 56)
        | (rules.smoothing_s << 32)
        | (total_weight << 8)
        | len(sources)
    )
    place: uint256 = 0
    for source: Source in sources:
        self._sources[market][place] = (
            (source.stale_s << 176) | (source.weight << 160) | convert(source.feed, uint256)
        )
        place += 1


@internal
@pure
def _check(rules: Rules):
    assert rules.method <= naive_index.EMA, "oracle: unknown method"
    assert 0 < rules.conf_max_bps and rules.conf_max_bps < _BPS, "oracle: conf_max out of range"
    assert 0 < rules.outlier_bps and rules.outlier_bps < _BPS, "oracle: outlier out of range"
    assert 0 < rules.step_bps and rules.step_bps < _BPS, "oracle: step out of range"
    assert rules.step_bps <= rules.window_bps, "oracle: window below step"
    assert rules.window_bps < _BPS, "oracle: window out of range"
    assert 0 < rules.cooldown_s and rules.cooldown_s <= _MAX_SPAN_S, "oracle: cooldown out of range"
    assert rules.grace_s <= _MAX_SPAN_S, "oracle: grace out of range"
    assert (
        0 < rules.dead_after_s and rules.dead_after_s <= _MAX_SPAN_S
    ), "oracle: dead_after out of range"
    assert (
        0 < rules.smoothing_s and rules.smoothing_s <= _MAX_SPAN_S
    ), "oracle: smoothing out of range"
    assert 0 < rules.min_wad, "oracle: min is zero"
    assert rules.min_wad < rules.max_wad, "oracle: max not above min"
    assert rules.max_wad <= MAX_PRICE_WAD, "oracle: max out of range"


@internal
@pure
def _checked_weight(method: uint256, sources: DynArray[Source, MAX_SOURCES]) -> uint256:
    assert len(sources) != 0, "oracle: no sources"
    total: uint256 = 0
    heaviest: uint256 = 0
    seen: DynArray[address, MAX_SOURCES] = []
    for source: Source in sources:
        assert source.feed != empty(address), "oracle: source is zero"
        assert source.feed not in seen, "oracle: source listed twice"
        assert 0 < source.weight and source.weight <= _MAX_WEIGHT, "oracle: weight out of range"
        assert 0 < source.stale_s and source.stale_s <= _MAX_SPAN_S, "oracle: stale out of range"
        seen.append(source.feed)
        total += source.weight
        heaviest = max(heaviest, source.weight)
    if method == naive_index.WEIGHTED_MEDIAN:
        # So there are at least three.
        assert 3 * heaviest <= total, "oracle: a source above a third of the weight"
    return total


@internal
@view
def _get(market: uint256) -> (Rules, uint256, uint256):
    """
    @dev Rules, total weight and number of sources.
    """
    assert market <= index_state.MAX_MARKET, "oracle: unknown market"
    word: uint256 = self._rules[market]
    assert word != 0, "oracle: unknown market"
    bounds: uint256 = self._bounds[market]
    return (
        Rules(
            method=word >> 192,
            conf_max_bps=(word >> 176) & _WORD16,
            outlier_bps=(word >> 160) & _WORD16,
            step_bps=(word >> 144) & _WORD16,
            window_bps=(word >> 128) & _WORD16,
            cooldown_s=(word >> 104) & _SPAN,
            grace_s=(word >> 80) & _SPAN,
            dead_after_s=(word >> 56) & _SPAN,
            smoothing_s=(word >> 32) & _SPAN,
            min_wad=bounds >> 128,
            max_wad=bounds & _HALF,
        ),
        (word >> 8) & _SPAN,
        word & _BYTE,
    )


@internal
@view
def _source(market: uint256, place: uint256) -> (address, uint256, uint256):
    """
    @dev Feed, weight and age from which it is stale.
    """
    word: uint256 = self._sources[market][place]
    return convert(word & _ADDRESS, address), (word >> 160) & _WORD16, word >> 176
