# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Index price of each market from several sources
@notice Makes one price with a status out of up to eight sources. Anyone may refresh a market; the
        owner sets its sources and rules. The default method applies, in this order:
        1. live: the reading is not older than its source's `stale_s`, nor more than 5 s ahead, and
           its confidence is at most `conf_max_bps` of its price;
        2. quorum: at least 3 live sources with 60 % of the weight, none of them with half of the
           live weight or more, and pools on this chain with no more than a third of it together;
        3. pre-median, 4. outliers, 5. three-vote median: see `index_rules`;
        6. breaker, 7. fallback ladder: see `breaker`.
        Low and high, the prices still believed, are I -+ conf in OK and THIN; in DISPUTED the
        lowest and highest live price, cut to what the breaker would believe; in HALTED, STALE and
        DEAD the same, stretched to the last good index. Where the index is not good, conf reaches
        to the farther of the two.
        Sources are read once a block. One that reverts, returns anything but a reading, or needs
        more than its gas is not live; it can't stop the others.
        An unsafe method (see `naive_index`) replaces rules 2 to 6 by its formula and keeps no
        recovery: its index is OK as soon as it has one live source, and HALTED where that is
        outside [min, max]. `is_unsafe` says so of a market, and `UnsafeMethodSet` when it is set.
@custom:units Prices are quote per base, 18 decimals; `_bps` is 1e-4; times are unix seconds.
@custom:invariant INV-18: in OK, THIN and DISPUTED the index lies between the lowest and the
                  highest live reading, does not depend on their order, and scales with them.
                  INV-19: only a source, a refresh or the owner changes an index.
                  INV-24: where the index is not good, low and high lie within the step around the
                  last good one.
"""

from contracts.interfaces import IOracleAggregator
from contracts.interfaces import IPriceFeed

implements: IOracleAggregator

from snekmate.auth import ownable
from snekmate.auth import ownable_2step as ownership

initializes: ownable
initializes: ownership[ownable := ownable]

from contracts.modules import limits
from contracts.modules import oracle_status
from contracts.modules.index import breaker
from contracts.modules.index import index_config
from contracts.modules.index import index_rules
from contracts.modules.index import index_state
from contracts.modules.index import naive_index
from contracts.modules.math import median

initializes: index_config
initializes: index_state

exports: (
    # Ownership. Not to be renounced: nobody could replace a broken source.
    ownership.owner,
    ownership.pending_owner,
    ownership.transfer_ownership,
    ownership.accept_ownership,
)


event MarketSet:
    market: indexed(uint256)
    rules: index_config.Rules
    sources: DynArray[index_config.Source, index_config.MAX_SOURCES]


event UnsafeMethodSet:
    market: indexed(uint256)
    method: uint256


event RangeBelieved:
    market: indexed(uint256)
    good_wad: uint256  # the last good index
    low_wad: uint256
    high_wad: uint256


event IndexRefreshed:
    market: indexed(uint256)
    price_wad: uint256
    conf_wad: uint256
    status: uint256
    live_weight: uint256
    dropped: uint256
    observed_at: uint256


struct Live:
    entries: uint256[median.MAX_ENTRIES]  # in ascending order
    count: uint256
    weight: uint256
    heaviest: uint256
    pooled: uint256  # what of the weight is that of pools on this chain


struct Appraisal:
    memory: breaker.Memory
    live_weight: uint256
    dropped: uint256


_QUORUM: constant(uint256) = 3
_QUORUM_PERCENT: constant(uint256) = 60

# Enough for a pool's average. What a caller leaves out of a refresh to starve a source of gas is
# 63 times what it would have for the rest of the work, which needs more than a 63rd of this.
_SOURCE_GAS: constant(uint256) = 200_000


@deploy
def __init__():
    ownable.__init__()
    ownership.__init__()


@external
def set_market(
    market: uint256,
    rules: index_config.Rules,
    sources: DynArray[index_config.Source, index_config.MAX_SOURCES],
):
    """
    @notice Replace a market's rules and sources. Owner only. What the index remembers stays, so
            that the breaker guards a change of sources too.
    """
    ownable._check_owner()

    index_config._set(market, rules, sources)
    log MarketSet(market=market, rules=rules, sources=sources)
    if rules.method != naive_index.WEIGHTED_MEDIAN:
        log UnsafeMethodSet(market=market, method=rules.method)


@external
@reentrant  # reads its sources by static calls, before it writes
def refresh(market: uint256) -> IOracleAggregator.IndexPrice:
    record: uint256[index_config.WORDS] = index_config._load(market)
    memory: breaker.Memory = index_state._load(market)
    if index_state._is_fresh(market):
        return memory.shown

    appraisal: Appraisal = self._appraise(record, memory)
    index_state._store(market, appraisal.memory)
    index: IOracleAggregator.IndexPrice = appraisal.memory.shown
    log IndexRefreshed(
        market=market,
        price_wad=index.price_wad,
        conf_wad=index.conf_wad,
        status=index.status,
        live_weight=appraisal.live_weight,
        dropped=appraisal.dropped,
        observed_at=index.observed_at,
    )
    if not oracle_status._is_good(index.status):
        log RangeBelieved(
            market=market,
            good_wad=appraisal.memory.good_wad,
            low_wad=index.low_wad,
            high_wad=index.high_wad,
        )
    return index


@view
@external
def index(market: uint256) -> IOracleAggregator.IndexPrice:
    record: uint256[index_config.WORDS] = index_config._load(market)
    memory: breaker.Memory = index_state._load(market)
    if index_state._is_fresh(market):
        return memory.shown
    return self._appraise(record, memory).memory.shown


@view
@external
def rules(market: uint256) -> index_config.Rules:
    """
    @notice What `set_market` set.
    """
    return index_config._rules(index_config._load(market))


@view
@external
def is_unsafe(market: uint256) -> bool:
    """
    @notice Whether the market's index is made by a naive method, which one source can move anywhere.
    """
    if not index_config._is_known(market):
        return False
    rules: index_config.Rules = index_config._rules(index_config._load(market))
    return rules.method != naive_index.WEIGHTED_MEDIAN


@view
@external
def sources(market: uint256) -> DynArray[index_config.Source, index_config.MAX_SOURCES]:
    """
    @notice The market's sources; in `dropped` of `IndexRefreshed`, bit i is the i-th of them.
    """
    record: uint256[index_config.WORDS] = index_config._load(market)
    found: DynArray[index_config.Source, index_config.MAX_SOURCES] = []
    for place: uint256 in range(index_config._count(record[0]), bound=index_config.MAX_SOURCES):
        found.append(index_config._source(record[index_config.FIRST_SOURCE + place]))
    return found


@internal
@view
def _appraise(record: uint256[index_config.WORDS], memory: breaker.Memory) -> Appraisal:
    """
    @dev What the sources say now, and what the index becomes by it.
    """
    rules: index_config.Rules = index_config._rules(record)
    live: Live = self._live(record, rules.conf_max_bps)
    said: breaker.Said = breaker.Said(
        has_quorum=False,
        status=oracle_status.OK,
        price_wad=0,
        conf_wad=0,
        observed_at=0,
        low_wad=median._value(live.entries[0]) if live.count != 0 else max_value(uint256),
        high_wad=median._value(live.entries[live.count - 1]) if live.count != 0 else 0,
    )
    bounds: breaker.Bounds = breaker.Bounds(
        step_bps=rules.step_bps,
        window_bps=rules.window_bps,
        cooldown_s=rules.cooldown_s,
        grace_s=rules.grace_s,
        dead_after_s=rules.dead_after_s,
        min_wad=rules.min_wad,
        max_wad=rules.max_wad,
    )
    appraisal: Appraisal = empty(Appraisal)
    appraisal.live_weight = live.weight
    if rules.method == naive_index.WEIGHTED_MEDIAN:
        said.has_quorum = (
            live.count >= _QUORUM
            and 100 * live.weight >= _QUORUM_PERCENT * index_config._total_weight(record[0])
            and 2 * live.heaviest < live.weight
            and 3 * live.pooled <= live.weight
        )
        if said.has_quorum:
            verdict: index_rules.Verdict = index_rules._judge(
                live.entries, live.count, live.weight, rules.outlier_bps
            )
            said.status = verdict.status
            said.price_wad = verdict.price_wad
            said.conf_wad = verdict.conf_wad
            said.observed_at = block.timestamp - verdict.age_s
            appraisal.dropped = verdict.dropped
        appraisal.memory = breaker._next(memory, said, bounds, block.timestamp)
        return appraisal

    opinion: naive_index.Opinion = naive_index._opinion(rules.method, live.entries, live.count)
    if not opinion.is_given:
        appraisal.memory = breaker._hold(memory, said, bounds, oracle_status.STALE, block.timestamp)
        return appraisal
    said.price_wad = opinion.price_wad
    said.conf_wad = opinion.conf_wad
    said.observed_at = block.timestamp - opinion.age_s
    if rules.method == naive_index.EMA:
        elapsed_s: uint256 = said.observed_at - min(memory.good_at, said.observed_at)
        said.price_wad = naive_index._smoothed_wad(
            memory.good_wad, opinion.price_wad, elapsed_s, rules.smoothing_s
        )
        said.observed_at = max(memory.good_at, said.observed_at)
    if bounds.min_wad <= said.price_wad and said.price_wad <= bounds.max_wad:
        appraisal.memory = breaker._believe(memory, said, block.timestamp)
    else:
        appraisal.memory = breaker._halt(memory, said, bounds, block.timestamp)
    return appraisal


@internal
@view
def _live(record: uint256[index_config.WORDS], conf_max_bps: uint256) -> Live:
    live: Live = empty(Live)
    for place: uint256 in range(index_config._count(record[0]), bound=index_config.MAX_SOURCES):
        source: index_config.Source = index_config._source(
            record[unsafe_add(index_config.FIRST_SOURCE, place)]
        )
        reading: IPriceFeed.Reading = self._read(source.feed)
        price_wad: uint256 = reading.price_wad
        if price_wad == 0 or price_wad > limits.MAX_PRICE_WAD:
            continue
        conf_wad: uint256 = reading.conf_wad
        # Unchecked from here: prices have 96 bits, weights 16.
        if conf_wad > price_wad or (
            unsafe_mul(limits.BPS, conf_wad) > unsafe_mul(conf_max_bps, price_wad)
        ):
            continue
        age_s: uint256 = 0
        if reading.observed_at < block.timestamp:
            age_s = unsafe_sub(block.timestamp, reading.observed_at)
        elif reading.observed_at > block.timestamp + limits.MAX_AHEAD_S:
            continue
        if age_s > source.stale_s:
            continue
        live.entries[live.count] = median._entry(price_wad, conf_wad, source.weight, age_s, place)
        live.count = unsafe_add(live.count, 1)
        live.weight = unsafe_add(live.weight, source.weight)
        live.heaviest = max(live.heaviest, source.weight)
    pools: uint256 = index_config._pools(record[0])
    if pools != 0:
        for i: uint256 in range(live.count, bound=median.MAX_ENTRIES):
            if (pools >> median._place(live.entries[i])) & 1 == 1:
                live.pooled += median._weight(live.entries[i])
    live.entries = median._sorted(live.entries, live.count)
    return live


@internal
@view
def _read(feed: address) -> IPriceFeed.Reading:
    """
    @dev Zeros, which are not live, from a source that does not answer as it should.
    """
    is_answered: bool = False
    answer: Bytes[96] = b""
    is_answered, answer = raw_call(
        feed,
        method_id("latest()"),
        max_outsize=96,
        gas=_SOURCE_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    if not is_answered or len(answer) != 96:
        return empty(IPriceFeed.Reading)
    return abi_decode(answer, IPriceFeed.Reading)
