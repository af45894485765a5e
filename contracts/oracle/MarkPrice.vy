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
@custom:units Prices are quote per base and ratios fractions, 18 decimals; times are unix seconds.
              The funding rate is a fraction of the index per interval, the funding index quote owed
              by a long of one base since the market began.
@custom:invariant INV-6 |mark/index - 1| <= band, for the methods that are not marked unsafe;
                  `price` equals what `poke` returns in the same block; funding is frozen unless
                  the index was OK at the last poke and is OK now.
"""

from contracts.interfaces import IMarketParams
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IOracleAggregator
from contracts.interfaces import IOrderBook

implements: IMarkPrice

from snekmate.auth import ownable

initializes: ownable

from snekmate.auth import ownable_2step

initializes: ownable_2step[ownable := ownable]

from contracts.modules import ema
from contracts.modules import fixed_point
from contracts.modules import funding
from contracts.modules import mark_rules
from contracts.modules import mark_state
from contracts.modules import oracle_status

exports: (
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


event MarkTermsSet:
    market: indexed(uint256)
    method: uint256
    impact_notional_wad: uint256
    band_wad: uint256
    external_feed: address
    external_max_age_s: uint256


event FundingTermsSet:
    market: indexed(uint256)
    interval_s: uint256
    max_gap_s: uint256
    interest_wad: uint256
    damper_wad: uint256
    kappa_wad: uint256
    cap_wad: uint256


event RiskFollowed:
    market: indexed(uint256)
    book: address
    band_wad: uint256
    cap_wad: uint256


struct MarkTerms:
    method: uint256  # constant of mark_rules
    impact_notional_wad: uint256  # quote; what impact bid and ask are averaged over
    band_wad: uint256  # furthest the mark may be from the index
    external_feed: address  # of the perp median elsewhere; zero if there is none
    external_max_age_s: uint256  # older readings are no candidate


struct FundingTerms:
    interval_s: uint256  # T
    max_gap_s: uint256  # longest time one premium sample may stand for
    interest_wad: uint256  # r, per 8 h whatever the interval
    damper_wad: uint256  # how far the rate may stay from the average premium towards r
    kappa_wad: uint256  # |R| <= kappa * (imr - mmr) of the first tier
    cap_wad: uint256  # |R| <= cap, whatever the margins


MAX_MARKETS: constant(uint256) = 8

_SLOTS: constant(uint256) = MAX_MARKETS + 1  # markets count from 1
_WAD: constant(uint256) = 10**18
_SIGNED_WAD: constant(int256) = 10**18
_EIGHT_HOURS_S: constant(uint256) = 8 * 3600
_MAX_SKEW_S: constant(uint256) = 5  # a reading may be this far ahead of the block

# Bounds of the terms.
_MIN_INTERVAL_S: constant(uint256) = 60
_MAX_INTERVAL_S: constant(uint256) = 86_400
_MAX_EXTERNAL_AGE_S: constant(uint256) = 3600
_MAX_INTEREST_WAD: constant(uint256) = 10**15  # 10 bp per 8 h
_MAX_DAMPER_WAD: constant(uint256) = 10**16
_MAX_KAPPA_WAD: constant(uint256) = 10 * _WAD
_MAX_HOURLY_RATE_WAD: constant(uint256) = 4 * 10**16  # |R| never above 4 % an hour

_AGGREGATOR: immutable(IOracleAggregator)
_PARAMS: immutable(IMarketParams)

mark_terms: public(MarkTerms[_SLOTS])
funding_terms: public(FundingTerms[_SLOTS])

_states: uint256[5][_SLOTS]
_settings: uint256[3][_SLOTS]  # what the terms and the market's margins come to


@deploy
def __init__(aggregator: address, params: address):
    """
    @param aggregator Index prices.
    @param params Market parameters: margins bound the band and the funding rate, and name the book.
    """
    ownable.__init__()
    ownable_2step.__init__()
    _AGGREGATOR = IOracleAggregator(aggregator)
    _PARAMS = IMarketParams(params)


@external
def poke(market: uint256) -> IMarkPrice.MarketPrice:
    """
    @notice Refresh the index, sample the book, fix mark and funding for this block. Anyone may
            call; a second call in the same block returns what the first one stored.
    """
    return self._price_of(self._poke(market))


@internal
def _poke(market: uint256) -> mark_state.State:
    state: mark_state.State = self._state_of(market)
    if state.poked_block == block.number:
        return state

    index: IOracleAggregator.IndexPrice = extcall _AGGREGATOR.refresh(market)
    premium_wad: int256 = 0
    state, premium_wad = self._next(market, state, index)
    self._states[market] = mark_state._packed(state)

    log MarketPoked(
        market=market,
        mark_wad=state.mark_wad,
        index_wad=state.index_wad,
        status=state.status,
        basis_wad=ema._value_wad(state.basis),
        premium_wad=premium_wad,
        funding_rate_wad=state.funding.rate_wad,
        funding_index_wad=state.funding.index_wad,
    )
    return state


@view
@external
def price(market: uint256) -> IMarkPrice.MarketPrice:
    """
    @notice What `poke` would return in this block, without storing it.
    """
    state: mark_state.State = self._state_of(market)
    if state.poked_block != block.number:
        premium_wad: int256 = 0
        state, premium_wad = self._next(market, state, staticcall _AGGREGATOR.index(market))
    return self._price_of(state)


@view
@internal
def _next(
    market: uint256, state: mark_state.State, index: IOracleAggregator.IndexPrice
) -> (mark_state.State, int256):
    """
    @dev The state after a poke now, and the premium it sampled. Nothing is sampled, and no funding
         accrues, against an index that is not believed.
    """
    assert index.price_wad <= mark_state.MAX_PRICE_WAD, "mark: index too large"
    settings: mark_state.Settings = mark_state._settings_unpacked(self._settings[market])
    top: IOrderBook.Top = staticcall IOrderBook(settings.book).top(settings.impact_notional_wad)

    next: mark_state.State = state
    premium_wad: int256 = 0
    if index.status in [oracle_status.OK, oracle_status.THIN]:
        premium_wad = funding._premium_wad(index.price_wad, top.impact_bid_wad, top.impact_ask_wad)
        if top.impact_bid_wad != 0 and top.impact_ask_wad != 0:
            next.basis = ema._add(
                state.basis,
                mark_rules._basis_sample_wad(
                    index.price_wad, top.impact_bid_wad, top.impact_ask_wad
                ),
                block.timestamp - state.poked_at,
            )
    next.funding = funding._advanced(
        state.funding,
        settings.funding,
        funding.Elapsed(
            since=state.poked_at,
            until=block.timestamp,
            premium_wad=premium_wad,
            accrues=self._funds(state.status) and self._funds(index.status),
            price_wad=state.index_wad,
        ),
    )
    next.mark_wad = self._mark_wad(settings, next, index.price_wad, top)
    next.index_wad = index.price_wad
    next.status = index.status
    next.liquidations_from = index.liquidations_from
    next.conf_wad = min(index.conf_wad, mark_state.MAX_PRICE_WAD)
    next.low_wad = min(index.low_wad, mark_state.MAX_PRICE_WAD)
    next.high_wad = min(index.high_wad, mark_state.MAX_PRICE_WAD)
    next.poked_block = block.number
    next.poked_at = block.timestamp
    return next, premium_wad


@view
@internal
def _mark_wad(
    settings: mark_state.Settings,
    next: mark_state.State,
    index_wad: uint256,
    top: IOrderBook.Top,
) -> uint256:
    if settings.method == mark_rules.INDEX:
        return index_wad
    if settings.method != mark_rules.MEDIAN3:
        # The unsafe ones take the book's word, and the index only where it says nothing.
        said_wad: uint256 = top.last_price_wad
        if settings.method == mark_rules.BOOK_MID:
            said_wad = mark_rules._mid_wad(top)
        return min(said_wad if said_wad != 0 else index_wad, mark_state.MAX_PRICE_WAD)

    carry_wad: int256 = fixed_point._signed_div_down(
        convert(index_wad, int256)
        * next.funding.rate_wad
        * convert(next.funding.ends_at - block.timestamp, int256),
        convert(settings.funding.interval_s * _WAD, int256),
    )
    candidates_wad: DynArray[uint256, 5] = [
        self._shifted_wad(index_wad, carry_wad),
        self._shifted_wad(index_wad, ema._value_wad(next.basis)),
    ]
    book_wad: uint256 = mark_rules._book_price_wad(top)
    if book_wad != 0:
        candidates_wad.append(book_wad)
    external_wad: uint256 = self._external_wad(settings)
    if external_wad != 0:
        candidates_wad.append(external_wad)
    if len(candidates_wad) % 2 == 0:
        candidates_wad.append(index_wad)
    return mark_rules._within_band_wad(
        mark_rules._median_wad(candidates_wad), index_wad, settings.band_wad
    )


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
        is_static_call=True,
        revert_on_failure=False,
    )
    if not success or len(response) != 96:
        return 0
    price_wad: uint256 = 0
    conf_wad: uint256 = 0
    observed_at: uint256 = 0
    price_wad, conf_wad, observed_at = abi_decode(response, (uint256, uint256, uint256))
    if price_wad > mark_state.MAX_PRICE_WAD or observed_at > block.timestamp + _MAX_SKEW_S:
        return 0
    if block.timestamp > observed_at + settings.external_max_age_s:
        return 0
    return price_wad


@external
def add_market(market: uint256, mark_terms: MarkTerms, funding_terms: FundingTerms):
    """
    @notice Start a market's clock. Only the owner, after the market's parameters are set.
    @param market Market number, 1 to 8.
    """
    ownable._check_owner()
    assert market != 0 and market <= MAX_MARKETS, "mark: market must be 1 to 8"
    assert self._settings[market][0] == 0, "mark: market exists"
    self._set_mark_terms(market, mark_terms)
    self._set_funding_terms(market, funding_terms)
    settings: mark_state.Settings = self._follow_risk(market)

    state: mark_state.State = empty(mark_state.State)
    state.status = oracle_status.DEAD  # until the first poke
    state.poked_at = block.timestamp
    state.funding = funding._started(block.timestamp, settings.funding)
    self._states[market] = mark_state._packed(state)
    log MarketAdded(market=market, book=settings.book)


@external
def set_mark_terms(market: uint256, terms: MarkTerms):
    """
    @notice Change how a market's mark is made, from its next poke on. Only the owner.
    """
    ownable._check_owner()
    self._poke(market)
    self._set_mark_terms(market, terms)
    self._follow_risk(market)


@external
def set_funding_terms(market: uint256, terms: FundingTerms):
    """
    @notice Change a market's funding, settled at the old terms first. The running interval keeps
            its rate; if its length changes, it ends here without one and a new one starts as on
            the first day. Only the owner.
    """
    ownable._check_owner()
    state: mark_state.State = self._poke(market)
    interval_s: uint256 = self.funding_terms[market].interval_s
    self._set_funding_terms(market, terms)
    settings: mark_state.Settings = self._follow_risk(market)

    if interval_s != terms.interval_s:
        index_wad: int256 = state.funding.index_wad
        state.funding = funding._started(block.timestamp, settings.funding)
        state.funding.index_wad = index_wad
        self._states[market] = mark_state._packed(state)


@external
def follow_risk(market: uint256):
    """
    @notice Take over the book and the margins of the market's parameters after they changed, and
            narrow band and funding cap to what they allow. Anyone may call.
    """
    self._poke(market)
    self._follow_risk(market)


@internal
def _follow_risk(market: uint256) -> mark_state.Settings:
    risk: IMarketParams.Risk = staticcall _PARAMS.risk(market)
    assert risk.book != empty(address), "mark: market has no book"
    mark: MarkTerms = self.mark_terms[market]
    terms: FundingTerms = self.funding_terms[market]
    margin_cap_wad: uint256 = fixed_point._mul_wad_down(
        terms.kappa_wad, risk.tier_imr_wad[0] - risk.tier_mmr_wad[0]
    )

    settings: mark_state.Settings = mark_state.Settings(
        book=risk.book,
        impact_notional_wad=mark.impact_notional_wad,
        external_feed=mark.external_feed,
        external_max_age_s=mark.external_max_age_s,
        method=mark.method,
        band_wad=min(mark.band_wad, mark_rules._widest_band_wad(risk)),
        funding=funding.Policy(
            interval_s=terms.interval_s,
            max_gap_s=terms.max_gap_s,
            interest_wad=fixed_point._mul_div_down(
                terms.interest_wad, terms.interval_s, _EIGHT_HOURS_S
            ),
            damper_wad=terms.damper_wad,
            cap_wad=min(margin_cap_wad, terms.cap_wad),
        ),
    )
    self._settings[market] = mark_state._settings_packed(settings)
    log RiskFollowed(
        market=market,
        book=risk.book,
        band_wad=settings.band_wad,
        cap_wad=settings.funding.cap_wad,
    )
    return settings


@internal
def _set_mark_terms(market: uint256, terms: MarkTerms):
    widest_wad: uint256 = mark_rules._widest_band_wad(staticcall _PARAMS.risk(market))
    assert terms.method <= mark_rules.BOOK_MID, "mark: unknown method"
    assert terms.impact_notional_wad != 0, "mark: impact notional is zero"
    assert terms.impact_notional_wad <= mark_state.MAX_PRICE_WAD, "mark: impact notional too large"
    assert terms.band_wad != 0, "mark: band is zero"
    assert terms.band_wad <= widest_wad, "mark: band too wide for the margins"
    assert terms.external_max_age_s <= _MAX_EXTERNAL_AGE_S, "mark: external age too long"
    self.mark_terms[market] = terms
    log MarkTermsSet(
        market=market,
        method=terms.method,
        impact_notional_wad=terms.impact_notional_wad,
        band_wad=terms.band_wad,
        external_feed=terms.external_feed,
        external_max_age_s=terms.external_max_age_s,
    )


@internal
def _set_funding_terms(market: uint256, terms: FundingTerms):
    assert terms.interval_s >= _MIN_INTERVAL_S, "mark: interval too short"
    assert terms.interval_s <= _MAX_INTERVAL_S, "mark: interval too long"
    assert terms.max_gap_s != 0, "mark: gap is zero"
    assert terms.max_gap_s <= terms.interval_s, "mark: gap longer than the interval"
    assert terms.interest_wad <= _MAX_INTEREST_WAD, "mark: interest too high"
    assert terms.damper_wad <= _MAX_DAMPER_WAD, "mark: damper too wide"
    assert terms.kappa_wad <= _MAX_KAPPA_WAD, "mark: kappa too high"
    assert (
        terms.cap_wad * 3600 <= _MAX_HOURLY_RATE_WAD * terms.interval_s
    ), "mark: rate cap too high"
    self.funding_terms[market] = terms
    log FundingTermsSet(
        market=market,
        interval_s=terms.interval_s,
        max_gap_s=terms.max_gap_s,
        interest_wad=terms.interest_wad,
        damper_wad=terms.damper_wad,
        kappa_wad=terms.kappa_wad,
        cap_wad=terms.cap_wad,
    )


@view
@internal
def _state_of(market: uint256) -> mark_state.State:
    assert market <= MAX_MARKETS, "mark: unknown market"
    words: uint256[5] = self._states[market]
    assert words[3] != 0, "mark: unknown market"
    return mark_state._unpacked(words)


@view
@internal
def _funds(status: uint256) -> bool:
    return oracle_status._mode(status, oracle_status.FUND) == oracle_status.YES


@pure
@internal
def _shifted_wad(price_wad: uint256, shift_wad: int256) -> uint256:
    # A basis learnt at a much higher index could exceed a fallen one: no price below zero.
    return convert(max(convert(price_wad, int256) + shift_wad, 0), uint256)


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
