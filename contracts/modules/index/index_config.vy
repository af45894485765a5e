# pragma version 0.4.3
"""
@title Sources and rules of each market's index, packed
@notice Every refresh reads all of a market's record and it changes hardly ever, so it is kept as
        the code of a contract without functions: one cold account instead of a slot a source.
@custom:units `_wad` is quote per base, 18 decimals; `_bps` is 1e-4; `_s` is seconds; weights have
              no unit.
"""

from contracts.modules import limits
from contracts.modules.index import index_state
from contracts.modules.index import naive_index


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
_MAX_WEIGHT: constant(uint256) = 2**16 - 1
_MAX_SPAN_S: constant(uint256) = 86_400
_SPAN: constant(uint256) = 2**24 - 1
_WORD16: constant(uint256) = 2**16 - 1
_BYTE: constant(uint256) = 2**8 - 1
_HALF: constant(uint256) = 2**128 - 1
_ADDRESS: constant(uint256) = 2**160 - 1

# Words of a record, unused bits on top:
#     0: pools 8 | method 8 | conf_max 16 | outlier 16 | step 16 | window 16 | cooldown 24
#        | grace 24 | dead_after 24 | smoothing 24 | total weight 24 | count 8
#     1: min 128 | max 128
#     from 2: stale 24 | weight 16 | feed 160 of each source
WORDS: constant(uint256) = 2 + MAX_SOURCES
FIRST_SOURCE: constant(uint256) = 2
_RECORD_BYTES: constant(uint256) = 32 * WORDS
_QUESTION_GAS: constant(uint256) = 50_000  # a source need not know what it is asked

# Returns the bytes after it: PUSH2 length, DUP1, PUSH1 10, RETURNDATASIZE, CODECOPY,
# RETURNDATASIZE, RETURN. The first byte of a record is zero, which is STOP: it can't be run.
_RETURN_REST: constant(Bytes[10]) = x"61014080600a3d393df3"

_record: address[index_state.MAX_MARKET + 1]


@internal
def _set(market: uint256, rules: Rules, sources: DynArray[Source, MAX_SOURCES]):
    """
    @dev Refuse what makes no sense; replace the market's rules and sources.
    """
    assert market != 0 and market <= index_state.MAX_MARKET, "oracle: unknown market"
    self._check(rules)
    pools: uint256 = self._found_pools(sources)
    total_weight: uint256 = self._checked_weight(rules.method, sources, pools)

    words: uint256[WORDS] = empty(uint256[WORDS])
    words[0] = (
        (pools << 200)
        | (rules.method << 192)
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
    words[1] = (rules.min_wad << 128) | rules.max_wad
    word: uint256 = FIRST_SOURCE
    for source: Source in sources:
        words[word] = (
            (source.stale_s << 176) | (source.weight << 160) | convert(source.feed, uint256)
        )
        word += 1
    self._record[market] = raw_create(concat(_RETURN_REST, abi_encode(words)))


@internal
@pure
def _check(rules: Rules):
    assert rules.method <= naive_index.EMA, "oracle: unknown method"
    assert (
        0 < rules.conf_max_bps and rules.conf_max_bps < limits.BPS
    ), "oracle: conf_max out of range"
    assert 0 < rules.outlier_bps and rules.outlier_bps < limits.BPS, "oracle: outlier out of range"
    assert 0 < rules.step_bps and rules.step_bps < limits.BPS, "oracle: step out of range"
    assert rules.step_bps <= rules.window_bps, "oracle: window below step"
    assert rules.window_bps < limits.BPS, "oracle: window out of range"
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
    assert rules.max_wad <= limits.MAX_PRICE_WAD, "oracle: max out of range"


@internal
@pure
def _checked_weight(
    method: uint256, sources: DynArray[Source, MAX_SOURCES], pools: uint256
) -> uint256:
    assert len(sources) != 0, "oracle: no sources"
    total: uint256 = 0
    heaviest: uint256 = 0
    pooled: uint256 = 0
    seen: DynArray[address, MAX_SOURCES] = []
    for source: Source in sources:
        assert source.feed != empty(address), "oracle: source is zero"
        assert source.feed not in seen, "oracle: source listed twice"
        assert 0 < source.weight and source.weight <= _MAX_WEIGHT, "oracle: weight out of range"
        assert 0 < source.stale_s and source.stale_s <= _MAX_SPAN_S, "oracle: stale out of range"
        if (pools >> len(seen)) & 1 == 1:
            pooled += source.weight
        seen.append(source.feed)
        total += source.weight
        heaviest = max(heaviest, source.weight)
    if method == naive_index.WEIGHTED_MEDIAN:
        # So there are at least three.
        assert 3 * heaviest <= total, "oracle: a source above a third of the weight"
        assert 3 * pooled <= total, "oracle: pools above a third of the weight"
    return total


@internal
@view
def _found_pools(sources: DynArray[Source, MAX_SOURCES]) -> uint256:
    """
    @dev Bit i is set where the i-th source says which pool on this chain it reads. Such a price can
         be traded to anywhere by whoever trades here, so these count as one another's accomplices.
    """
    pools: uint256 = 0
    for place: uint256 in range(len(sources), bound=MAX_SOURCES):
        is_answered: bool = False
        answer: Bytes[32] = b""
        is_answered, answer = raw_call(
            sources[place].feed,
            method_id("POOL()"),
            max_outsize=32,
            gas=_QUESTION_GAS,
            is_static_call=True,
            revert_on_failure=False,
        )
        if is_answered and len(answer) == 32 and convert(answer, uint256) != 0:
            pools |= 1 << place
    return pools


@internal
@view
def _is_known(market: uint256) -> bool:
    return market <= index_state.MAX_MARKET and self._record[market] != empty(address)


@internal
@view
def _load(market: uint256) -> uint256[WORDS]:
    """
    @dev The market's record, for the functions below.
    """
    assert market <= index_state.MAX_MARKET, "oracle: unknown market"
    record: address = self._record[market]
    assert record != empty(address), "oracle: unknown market"
    return abi_decode(slice(record.code, 0, _RECORD_BYTES), uint256[WORDS])


@internal
@pure
def _rules(words: uint256[WORDS]) -> Rules:
    packed: uint256 = words[0]
    return Rules(
        method=(packed >> 192) & _BYTE,
        conf_max_bps=(packed >> 176) & _WORD16,
        outlier_bps=(packed >> 160) & _WORD16,
        step_bps=(packed >> 144) & _WORD16,
        window_bps=(packed >> 128) & _WORD16,
        cooldown_s=(packed >> 104) & _SPAN,
        grace_s=(packed >> 80) & _SPAN,
        dead_after_s=(packed >> 56) & _SPAN,
        smoothing_s=(packed >> 32) & _SPAN,
        min_wad=words[1] >> 128,
        max_wad=words[1] & _HALF,
    )


@internal
@pure
def _pools(first: uint256) -> uint256:
    """
    @param first A record's first word, as in the next two.
    """
    return first >> 200


@internal
@pure
def _total_weight(first: uint256) -> uint256:
    return (first >> 8) & _SPAN


@internal
@pure
def _count(first: uint256) -> uint256:
    return first & _BYTE


@internal
@pure
def _source(packed: uint256) -> Source:
    """
    @param packed The record's word at FIRST_SOURCE and the source's place.
    """
    return Source(
        feed=convert(packed & _ADDRESS, address),
        weight=(packed >> 160) & _WORD16,
        stale_s=packed >> 176,
    )
