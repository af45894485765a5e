# pragma version 0.4.3
"""
@title What the mark price keeps of each market, packed
@notice Five words written at a poke and three read. Prices fit 96 bits (7.9e10 quote per base),
        times 40, rates 64; signed fields lie on top of their word, where a shift extends the sign.
@custom:units Prices and rates have 18 decimals; times are unix seconds.
"""

from contracts.modules import ema
from contracts.modules import funding


struct State:
    mark_wad: uint256
    index_wad: uint256
    status: uint256
    liquidations_from: uint256
    low_wad: uint256
    high_wad: uint256
    conf_wad: uint256
    poked_block: uint256
    poked_at: uint256
    funding: funding.Accrual
    basis: ema.Average


struct Settings:
    book: address
    impact_notional_wad: uint256  # what impact bid and ask are averaged over
    external_feed: address  # of the perp median elsewhere, P4; zero if there is none
    external_max_age_s: uint256
    method: uint256  # constant of mark_rules
    band_wad: uint256  # furthest the mark may be from the index, as a ratio
    funding: funding.Policy


MAX_PRICE_WAD: constant(uint256) = 2**96 - 1

_40: constant(uint256) = 2**40 - 1
_64: constant(uint256) = 2**64 - 1


@internal
@pure
def _packed(state: State) -> uint256[5]:
    return [
        state.mark_wad
        | state.index_wad << 96
        | state.liquidations_from << 192
        | state.status << 232,
        state.low_wad | state.high_wad << 96 | state.poked_block << 192,
        state.conf_wad | state.poked_at << 96 | self._word(state.funding.premium_sum_wad << 136),
        self._word(state.funding.index_wad << 128)
        | (self._word(state.funding.rate_wad) & _64) << 64
        | state.funding.ends_at,
        self._word(state.basis.sum_wad << 128) | state.basis.weight_wad,
    ]


@internal
@pure
def _unpacked(words: uint256[5]) -> State:
    return State(
        mark_wad=words[0] & MAX_PRICE_WAD,
        index_wad=words[0] >> 96 & MAX_PRICE_WAD,
        status=words[0] >> 232,
        liquidations_from=words[0] >> 192 & _40,
        low_wad=words[1] & MAX_PRICE_WAD,
        high_wad=words[1] >> 96 & MAX_PRICE_WAD,
        conf_wad=words[2] & MAX_PRICE_WAD,
        poked_block=words[1] >> 192,
        poked_at=words[2] >> 96 & _40,
        funding=funding.Accrual(
            index_wad=self._signed(words[3]) >> 128,
            rate_wad=self._signed(words[3] << 128) >> 192,
            ends_at=words[3] & _40,
            premium_sum_wad=self._signed(words[2]) >> 136,
        ),
        basis=ema.Average(
            sum_wad=self._signed(words[4]) >> 128, weight_wad=words[4] & (2**128 - 1)
        ),
    )


@internal
@pure
def _settings_packed(settings: Settings) -> uint256[3]:
    policy: funding.Policy = settings.funding
    return [
        convert(settings.book, uint256) | settings.impact_notional_wad << 160,
        convert(settings.external_feed, uint256)
        | settings.external_max_age_s << 160
        | settings.method << 184
        | settings.band_wad << 192,
        policy.interval_s
        | policy.max_gap_s << 32
        | policy.interest_wad << 64
        | policy.damper_wad << 128
        | policy.cap_wad << 192,
    ]


@internal
@pure
def _settings_unpacked(words: uint256[3]) -> Settings:
    return Settings(
        book=convert(words[0] & (2**160 - 1), address),
        impact_notional_wad=words[0] >> 160,
        external_feed=convert(words[1] & (2**160 - 1), address),
        external_max_age_s=words[1] >> 160 & (2**24 - 1),
        method=words[1] >> 184 & 255,
        band_wad=words[1] >> 192,
        funding=funding.Policy(
            interval_s=words[2] & (2**32 - 1),
            max_gap_s=words[2] >> 32 & (2**32 - 1),
            interest_wad=words[2] >> 64 & _64,
            damper_wad=words[2] >> 128 & _64,
            cap_wad=words[2] >> 192,
        ),
    )


@internal
@pure
def _drift_packed(drift: funding.Drift) -> uint256:
    return drift.scale_wad | drift.velocity_wad << 64


@internal
@pure
def _drift_unpacked(word: uint256) -> funding.Drift:
    return funding.Drift(scale_wad=word & _64, velocity_wad=word >> 64)


@internal
@pure
def _word(x: int256) -> uint256:
    return convert(convert(x, bytes32), uint256)


@internal
@pure
def _signed(word: uint256) -> int256:
    return convert(convert(word, bytes32), int256)
