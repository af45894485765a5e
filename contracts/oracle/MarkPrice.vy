# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Mark price and funding of each market, stored once per block
@license MIT
@notice Whoever touches a market pokes it first; the first poke of a block reads the index and the
        book as the last block left it, and its result holds for the whole block: no trade can move
        the mark it is judged by. Because every change to a book pokes before it, what a poke reads
        has stood unchanged since the poke before, so samples are weighted by that time. Anyone may
        poke; the owner adds markets and sets their terms within bounds.
        While the index is not good the mark is the last good one, whatever the book does, and moves
        only as far as every price still believed has moved: in a doubtful market no position is
        worth more than it was when the market was last good, unless nobody doubts that it is.
@custom:units Prices are quote per base and ratios fractions, 18 decimals; times are unix seconds.
              The funding rate is a fraction of the index per interval, the funding index quote owed
              by a long of one base since the market began.
@custom:invariant INV-6 |mark/index - 1| <= band, for the methods that are not marked unsafe, but
                  while sources dispute the index, in a band around what is believed;
                  `price` equals what `poke` returns in the same block; funding is frozen unless
                  the index was OK at the last poke and is OK now.
"""

from contracts.interfaces import IMarkPrice
from contracts.interfaces import IMarketParams
from contracts.interfaces import IOracleAggregator
from contracts.interfaces import IOrderBook

implements: IMarkPrice

from snekmate.auth import ownable

initializes: ownable

from snekmate.auth import ownable_2step

initializes: ownable_2step[ownable := ownable]

from contracts.modules import limits
from contracts.modules import oracle_status
from contracts.modules.mark import funding
from contracts.modules.mark import mark_rules
from contracts.modules.mark import mark_state
from contracts.modules.math import ema
from contracts.modules.math import fixed_point

from contracts.modules.mark import market_terms

initializes: market_terms

exports: (
    # Terms
    market_terms.mark_terms,
    market_terms.funding_terms,
    market_terms.rate_policy,
    # Ownership
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
)


event MarketPoked:
    market: indexed(uint256)
    mark_wad: uint256
    index_wad: uint256
    status: uint256
    basis_wad: int256
    premium_wad: int256
    funding_rate_wad: int256
    funding_index_wad: int256


event MarketAdded:
    market: indexed(uint256)
    book: address


event RiskFollowed:
    market: indexed(uint256)
    book: address
    band_wad: uint256
    cap_wad: uint256


_EXTERNAL_GAS: constant(uint256) = 100_000  # a source that burns all it gets must not stop a poke

_AGGREGATOR: immutable(IOracleAggregator)
_PARAMS: immutable(IMarketParams)

_states: uint256[mark_state.STATE_WORDS][market_terms.SLOTS]
_settings: uint256[mark_state.SETTINGS_WORDS][market_terms.SLOTS]  # what terms and margins come to


@deploy
def __init__(aggregator: address, params: address):
    """
    @param aggregator Index prices.
    @param params Market parameters: margins bound the band and the funding rate, and name the book.
    """
    assert empty(address) not in [aggregator, params], "mark: peer is zero"
    ownable.__init__()
    ownable_2step.__init__()
    _AGGREGATOR = IOracleAggregator(aggregator)
    _PARAMS = IMarketParams(params)


# Pokes hold no lock: they read index and book, which can't write meanwhile, and write last.


@external
@reentrant
def poke(market: uint256) -> IMarkPrice.MarketPrice:
    """
    @notice Refresh the index, sample the book, fix mark and funding for this block. Anyone may
            call; a second call in the same block returns what the first one stored.
    """
    return self._price_of(self._poke(market))


@external
@reentrant
def poke_mark(market: uint256) -> uint256:
    """
    @notice As `poke`, for those who need nothing but the mark. Anyone may call.
    """
    mark_wad: uint256 = 0
    poked_block: uint256 = 0
    mark_wad, poked_block = mark_state._mark_of(self._states[market][0])
    return mark_wad if poked_block == block.number else self._poke(market).mark_wad


@internal
def _poke(market: uint256) -> mark_state.State:
    state: mark_state.State = self._state_of(market)
    if state.poked_block == block.number:
        return state

    index: IOracleAggregator.IndexPrice = extcall _AGGREGATOR.refresh(market)
    premium_wad: int256 = 0
    basis_wad: int256 = 0
    state, premium_wad, basis_wad = self._next(market, state, index)
    self._store(market, state)

    log MarketPoked(
        market=market,
        mark_wad=state.mark_wad,
        index_wad=state.index_wad,
        status=state.status,
        basis_wad=basis_wad,
        premium_wad=premium_wad,
        funding_rate_wad=state.funding.rate_wad,
        funding_index_wad=state.funding.index_wad,
    )
    return state


@view
@external
@reentrant
def price(market: uint256) -> IMarkPrice.MarketPrice:
    """
    @notice What `poke` would return in this block, without storing it.
    """
    state: mark_state.State = self._state_of(market)
    if state.poked_block != block.number:
        premium_wad: int256 = 0
        basis_wad: int256 = 0
        state, premium_wad, basis_wad = self._next(
            market, state, staticcall _AGGREGATOR.index(market)
        )
    return self._price_of(state)


@view
@external
def is_unsafe(market: uint256) -> bool:
    """
    @notice Whether the market's mark is what the book alone says, which one trade or two quotes set,
            or its index is made by a naive method, which one source can move anywhere.
    """
    return mark_rules._is_unsafe(market_terms.mark_terms[market].method) or (
        staticcall _AGGREGATOR.is_unsafe(market)
    )


@view
@external
def impact_notional(market: uint256) -> uint256:
    """
    @notice Quote that the market's impact prices are averaged over.
    """
    return self._settings_of(market).impact_notional_wad


@view
@internal
def _next(
    market: uint256, state: mark_state.State, index: IOracleAggregator.IndexPrice
) -> (mark_state.State, int256, int256):
    """
    @dev The state after a poke now, the premium it sampled, and the average basis. Nothing is
         sampled, and no funding accrues, against an index that is not believed.
    """
    assert index.price_wad <= limits.MAX_PRICE_WAD, "mark: index too large"
    settings: mark_state.Settings = self._settings_of(market)
    top: IOrderBook.Top = staticcall IOrderBook(settings.book).top(settings.impact_notional_wad)

    next: mark_state.State = state
    premium_wad: int256 = 0
    is_good: bool = oracle_status._is_good(index.status)
    if is_good:
        premium_wad = funding._premium_wad(index.price_wad, top.impact_bid_wad, top.impact_ask_wad)
        if top.impact_bid_wad != 0 and top.impact_ask_wad != 0:
            next.basis = ema._add(
                state.basis,
                mark_rules._basis_sample_wad(
                    index.price_wad, top.impact_bid_wad, top.impact_ask_wad
                ),
                block.timestamp - state.poked_at,
            )
    elapsed: funding.Elapsed = funding.Elapsed(
        since=state.poked_at,
        until=block.timestamp,
        premium_wad=premium_wad,
        accrues=self._funds(state.status) and self._funds(index.status),
        price_wad=state.index_wad,
    )
    if settings.drift.scale_wad == 0:
        next.funding = funding._advanced(state.funding, settings.funding, elapsed)
    else:
        next.funding = funding._drifted(state.funding, settings.funding, settings.drift, elapsed)
    basis_wad: int256 = ema._value_wad(next.basis)
    next.index_wad = index.price_wad
    next.status = index.status
    next.liquidations_from = index.liquidations_from
    next.conf_wad = min(index.conf_wad, limits.MAX_PRICE_WAD)
    next.low_wad = min(index.low_wad, limits.MAX_PRICE_WAD)
    next.high_wad = min(index.high_wad, limits.MAX_PRICE_WAD)
    if is_good or mark_rules._is_unsafe(settings.method):
        next.mark_wad = self._mark_wad(settings, next, index.price_wad, top, basis_wad)
    else:
        next.mark_wad = mark_rules._held_wad(
            state.mark_wad, next.low_wad, next.high_wad, settings.band_wad
        )
    next.poked_block = block.number
    next.poked_at = block.timestamp
    return next, premium_wad, basis_wad


@view
@internal
def _mark_wad(
    settings: mark_state.Settings,
    next: mark_state.State,
    index_wad: uint256,
    top: IOrderBook.Top,
    basis_wad: int256,
) -> uint256:
    if settings.method != mark_rules.MEDIAN3:
        unbound_wad: uint256 = mark_rules._naive_mark_wad(settings.method, index_wad, top)
        return min(unbound_wad, limits.MAX_PRICE_WAD)

    carry_wad: int256 = fixed_point._signed_div_down(
        convert(index_wad, int256)
        * next.funding.rate_wad
        * convert(next.funding.ends_at - block.timestamp, int256),
        convert(settings.funding.interval_s, int256) * limits.SIGNED_WAD,
    )
    median_wad: uint256 = mark_rules._median_of_candidates_wad(
        index_wad,
        carry_wad,
        basis_wad,
        mark_rules._book_price_wad(top),
        self._external_wad(settings),
    )
    return mark_rules._within_band_wad(median_wad, index_wad, settings.band_wad)


@view
@internal
def _external_wad(settings: mark_state.Settings) -> uint256:
    """
    @dev P4, zero unless fed and fresh. A source that fails must not stop the market's clock.
    """
    if settings.external_feed == empty(address):
        return 0
    success: bool = False
    response: Bytes[96] = b""
    success, response = raw_call(
        settings.external_feed,
        method_id("latest()"),
        max_outsize=96,
        gas=_EXTERNAL_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    if not success or len(response) != 96:
        return 0
    price_wad: uint256 = 0
    conf_wad: uint256 = 0
    observed_at: uint256 = 0
    price_wad, conf_wad, observed_at = abi_decode(response, (uint256, uint256, uint256))
    if price_wad > limits.MAX_PRICE_WAD or observed_at > block.timestamp + limits.MAX_AHEAD_S:
        return 0
    if block.timestamp > observed_at + settings.external_max_age_s:
        return 0
    return price_wad


@external
def add_market(
    market: uint256, mark: market_terms.MarkTerms, funding_terms: market_terms.FundingTerms
):
    """
    @notice Start a market's clock. Only the owner, after the market's parameters are set.
    @param market Market number, 1 to 8.
    @param mark How its mark is made.
    @param funding_terms How its funding is made.
    """
    ownable._check_owner()
    assert market != 0 and market <= limits.MAX_MARKETS, "mark: market must be 1 to 8"
    assert self._states[market][2] == 0, "mark: market exists"
    risk: IMarketParams.Risk = self._risk(market)
    market_terms._set_mark(market, mark, risk)
    market_terms._set_funding(market, funding_terms)
    settings: mark_state.Settings = self._follow(market, risk)

    state: mark_state.State = empty(mark_state.State)
    state.status = oracle_status.DEAD  # until the first poke
    state.poked_at = block.timestamp
    state.funding = funding._started(block.timestamp, settings.funding)
    self._store(market, state)
    log MarketAdded(market=market, book=settings.book)


@external
def set_mark_terms(market: uint256, terms: market_terms.MarkTerms):
    """
    @notice Change how a market's mark is made, from its next poke on. Only the owner.
    @param market Market number.
    @param terms The new terms.
    """
    ownable._check_owner()
    self._poke(market)
    risk: IMarketParams.Risk = self._risk(market)
    market_terms._set_mark(market, terms, risk)
    self._follow(market, risk)


@external
def set_funding_terms(market: uint256, terms: market_terms.FundingTerms):
    """
    @notice Change a market's funding, settled at the old terms first. The running interval keeps
            its rate; if the length of intervals changes, it ends here, its samples are dropped and
            the next begins as on the first day. Only the owner.
    @param market Market number.
    @param terms The new terms.
    """
    ownable._check_owner()
    state: mark_state.State = self._poke(market)
    interval_s: uint256 = market_terms.funding_terms[market].interval_s
    market_terms._set_funding(market, terms)
    settings: mark_state.Settings = self._follow(market, self._risk(market))

    if interval_s != terms.interval_s:
        index_wad: int256 = state.funding.index_wad
        state.funding = funding._started(block.timestamp, settings.funding)
        state.funding.index_wad = index_wad
        self._store(market, state)


@external
def set_rate_policy(market: uint256, policy: market_terms.RatePolicy):
    """
    @notice Change what a market's funding rate follows, settled by the old policy first. The rate
            goes on from where it is, by velocity at once; by premium it stands until the running
            interval ends, of which the rest is sampled. Only the owner.
    @param market Market number.
    @param policy The new policy.
    """
    ownable._check_owner()
    state: mark_state.State = self._poke(market)
    kind: uint256 = market_terms.rate_policy[market].kind
    market_terms._set_rate_policy(market, policy)
    settings: mark_state.Settings = self._settings_of(market)
    settings.drift = market_terms._drift(market)
    self._settings[market] = mark_state._settings_packed(settings)
    if kind != policy.kind:
        state.funding.premium_sum_wad = 0
        self._store(market, state)


@external
def follow_risk(market: uint256):
    """
    @notice Take over book and margins from the market's parameters after they changed, and narrow
            band and rate cap to what the margins now allow. Anyone may call.
    @param market Market number.
    """
    self._poke(market)
    self._follow(market, self._risk(market))


@internal
def _follow(market: uint256, risk: IMarketParams.Risk) -> mark_state.Settings:
    settings: mark_state.Settings = market_terms._settings(market, risk)
    self._settings[market] = mark_state._settings_packed(settings)
    log RiskFollowed(
        market=market,
        book=settings.book,
        band_wad=settings.band_wad,
        cap_wad=settings.funding.cap_wad,
    )
    return settings


@view
@internal
def _risk(market: uint256) -> IMarketParams.Risk:
    risk: IMarketParams.Risk = staticcall _PARAMS.risk(market)
    assert risk.book != empty(address), "mark: market has no book"
    assert risk.tier_mmr_wad[0] != 0, "mark: market has no margins"
    return risk


@view
@internal
def _state_of(market: uint256) -> mark_state.State:
    assert market <= limits.MAX_MARKETS, "mark: unknown market"
    words: uint256[mark_state.STATE_WORDS] = [
        self._states[market][0],
        self._states[market][1],
        self._states[market][2],
        self._states[market][3],
        0,
    ]
    assert words[2] != 0, "mark: unknown market"
    if mark_state._uses_last(words[0]):
        words[4] = self._states[market][4]
    return mark_state._unpacked(words)


@internal
def _store(market: uint256, state: mark_state.State):
    words: uint256[mark_state.STATE_WORDS] = mark_state._packed(state)
    self._states[market][0] = words[0]
    self._states[market][1] = words[1]
    self._states[market][2] = words[2]
    self._states[market][3] = words[3]
    if mark_state._uses_last(words[0]):
        self._states[market][4] = words[4]


@view
@internal
def _settings_of(market: uint256) -> mark_state.Settings:
    words: uint256[mark_state.SETTINGS_WORDS] = [
        self._settings[market][0], self._settings[market][1], 0, 0
    ]
    if mark_state._uses_third(words[0]):
        words[2] = self._settings[market][2]
    if mark_state._uses_last(words[0]):
        words[3] = self._settings[market][3]
    return mark_state._settings_unpacked(words)


@view
@internal
def _funds(status: uint256) -> bool:
    return oracle_status._mode(status, oracle_status.FUND) == oracle_status.YES


@pure
@internal
def _price_of(state: mark_state.State) -> IMarkPrice.MarketPrice:
    return IMarkPrice.MarketPrice(
        mark_wad=state.mark_wad,
        index_wad=state.index_wad,
        conf_wad=state.conf_wad,
        low_wad=state.low_wad,
        high_wad=state.high_wad,
        status=state.status,
        liquidations_from=state.liquidations_from,
        funding_index_wad=state.funding.index_wad,
        funding_rate_wad=state.funding.rate_wad,
    )
