# pragma version 0.4.3
"""
@title The terms of a market's mark and funding
@notice What the owner sets, within bounds, and what it comes to with the market's margins. Who may
        set, and that the market is poked first, is for the contract that uses this.
@custom:units Prices are quote per base, ratios and rates fractions, 18 decimals; `_s` is seconds.
"""

from contracts.interfaces import IMarketParams
from contracts.modules import limits
from contracts.modules.mark import funding
from contracts.modules.mark import mark_rules
from contracts.modules.mark import mark_state
from contracts.modules.math import fixed_point


event MarkTermsSet:
    market: indexed(uint256)
    method: uint256
    impact_notional_wad: uint256
    band_wad: uint256
    external_feed: address
    external_max_age_s: uint256


event UnsafeMarkMethodSet:
    market: indexed(uint256)
    method: uint256


event FundingTermsSet:
    market: indexed(uint256)
    interval_s: uint256
    max_gap_s: uint256
    interest_wad: uint256
    damper_wad: uint256
    kappa_wad: uint256
    cap_wad: uint256


event RatePolicySet:
    market: indexed(uint256)
    kind: uint256
    scale_wad: uint256
    velocity_wad: uint256


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


struct RatePolicy:
    kind: uint256  # PREMIUM or VELOCITY; what follows matters to the latter
    scale_wad: uint256  # premium from which on the rate moves no faster
    velocity_wad: uint256  # v, how far the rate of an interval moves in a day at that premium


PREMIUM: constant(uint256) = 0
VELOCITY: constant(uint256) = 1

SLOTS: constant(uint256) = limits.MAX_MARKETS + 1  # markets count from 1

_EIGHT_HOURS_S: constant(uint256) = 8 * 3600
_MIN_INTERVAL_S: constant(uint256) = 60
_MAX_INTERVAL_S: constant(uint256) = 86_400
_MAX_EXTERNAL_AGE_S: constant(uint256) = 3600
_MAX_INTEREST_WAD: constant(uint256) = 10**15  # 10 bp per 8 h
_MAX_DAMPER_WAD: constant(uint256) = 10**16
_MAX_KAPPA_WAD: constant(uint256) = 10 * limits.WAD
_MAX_HOURLY_RATE_WAD: constant(uint256) = 4 * 10**16  # |R| is never above 4 % an hour
_MIN_SCALE_WAD: constant(uint256) = 10**14  # 1 bp
_MAX_VELOCITY_WAD: constant(uint256) = limits.WAD  # 100 % an interval, gained in a day

mark_terms: public(MarkTerms[SLOTS])
funding_terms: public(FundingTerms[SLOTS])
rate_policy: public(RatePolicy[SLOTS])  # PREMIUM until set


@internal
def _set_mark(market: uint256, terms: MarkTerms, risk: IMarketParams.Risk):
    assert terms.method <= mark_rules.BOOK_MID, "mark: unknown method"
    assert terms.impact_notional_wad != 0, "mark: impact notional is zero"
    assert terms.impact_notional_wad <= mark_state.MAX_IMPACT_WAD, "mark: impact notional too large"
    assert terms.band_wad != 0, "mark: band is zero"
    assert (
        terms.band_wad <= mark_rules._widest_band_wad(risk)
    ), "mark: band too wide for the margins"
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
    if mark_rules._is_unsafe(terms.method):
        log UnsafeMarkMethodSet(market=market, method=terms.method)


@internal
def _set_funding(market: uint256, terms: FundingTerms):
    assert terms.interval_s >= _MIN_INTERVAL_S, "mark: interval too short"
    assert terms.interval_s <= _MAX_INTERVAL_S, "mark: interval too long"
    assert terms.max_gap_s != 0, "mark: gap is zero"
    assert terms.max_gap_s <= terms.interval_s, "mark: gap longer than the interval"
    assert terms.interest_wad <= _MAX_INTEREST_WAD, "mark: interest too high"
    assert terms.damper_wad <= _MAX_DAMPER_WAD, "mark: damper too wide"
    assert terms.kappa_wad <= _MAX_KAPPA_WAD, "mark: kappa too high"
    assert (
        terms.cap_wad <= _MAX_HOURLY_RATE_WAD * terms.interval_s // 3600
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


@internal
def _set_rate_policy(market: uint256, policy: RatePolicy):
    assert policy.kind <= VELOCITY, "mark: unknown rate policy"
    assert policy.scale_wad >= _MIN_SCALE_WAD, "mark: scale too small"
    assert policy.scale_wad <= limits.WAD, "mark: scale too large"
    assert policy.velocity_wad != 0, "mark: velocity is zero"
    assert policy.velocity_wad <= _MAX_VELOCITY_WAD, "mark: velocity too high"
    self.rate_policy[market] = policy
    log RatePolicySet(
        market=market,
        kind=policy.kind,
        scale_wad=policy.scale_wad,
        velocity_wad=policy.velocity_wad,
    )


@view
@internal
def _drift(market: uint256) -> funding.Drift:
    """
    @dev What the rate policy comes to: nothing where funding is by premium.
    """
    policy: RatePolicy = self.rate_policy[market]
    if policy.kind == PREMIUM:
        return empty(funding.Drift)
    return funding.Drift(scale_wad=policy.scale_wad, velocity_wad=policy.velocity_wad)


@view
@internal
def _settings(market: uint256, risk: IMarketParams.Risk) -> mark_state.Settings:
    """
    @dev The terms, narrowed to what the margins allow: margins may have changed since they were
         set.
    """
    mark: MarkTerms = self.mark_terms[market]
    terms: FundingTerms = self.funding_terms[market]
    margin_cap_wad: uint256 = fixed_point._mul_wad_down(
        terms.kappa_wad, risk.tier_imr_wad[0] - risk.tier_mmr_wad[0]
    )
    return mark_state.Settings(
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
        drift=self._drift(market),
    )
