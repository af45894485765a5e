# pragma version 0.4.3
"""
@title What the mark price keeps of each market, packed
@notice Four words read and written at a poke, and two read; one more of each kind where they don't
        suffice. Prices fit 96 bits (7.9e10 quote per base), times 40, rates 64; signed fields lie
        on top of their word, where a shift extends the sign.
@custom:units Prices and rates have 18 decimals; times are unix seconds.
"""

from contracts.modules import limits
from contracts.modules.mark import funding
from contracts.modules.math import ema


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
    drift: funding.Drift  # of funding by velocity; zero where it is by premium


STATE_WORDS: constant(uint256) = 5
SETTINGS_WORDS: constant(uint256) = 4
MAX_IMPACT_WAD: constant(uint256) = 2**90 - 1

_17: constant(uint256) = 2**17 - 1
_40: constant(uint256) = 2**40 - 1
_52: constant(uint256) = 2**52 - 1
_54: constant(uint256) = 2**54 - 1
_60: constant(uint256) = 2**60 - 1
_64: constant(uint256) = 2**64 - 1
_TOP: constant(uint256) = 2**255

# Words of a state, from the lowest bits:
#     0: mark 96 | index 96 | block 56 | status 7 | low and high are in word 4: 1
#     1: conf 96 | poked_at 40 | liquidations_from 40 | premium sum 80
#     2: ends_at 64 | rate 64 | funding index 128
#     3: basis weight 128 | basis sum 128
#     4: low 96 | high 96, if they are not what index and conf say
# A premium is at most 1 and is summed over a day at most: 80 bits hold it a few times over.

# Words of settings; their bounds are those of `market_terms`:
#     0: book 160 | interval 17 | gap 17 | band 60 | word 2 is used 1 | word 3 is used 1
#     1: impact notional 90 | interest 52 | damper 54 | cap 60
#     2: external feed 160 | its greatest age 24 | method 8
#     3: drift's scale 64 | its velocity 64


@internal
@pure
def _packed(state: State) -> uint256[STATE_WORDS]:
    bounds: uint256 = state.low_wad | state.high_wad << 96
    told: bool = bounds == self._bounds(state.index_wad, state.conf_wad)
    return [
        state.mark_wad
        | state.index_wad << 96
        | state.poked_block << 192
        | state.status << 248
        | (0 if told else _TOP),
        state.conf_wad
        | state.poked_at << 96
        | state.liquidations_from << 136
        | self._word(state.funding.premium_sum_wad << 176),
        self._word(state.funding.index_wad << 128)
        | (self._word(state.funding.rate_wad) & _64) << 64
        | state.funding.ends_at,
        self._word(state.basis.sum_wad << 128) | state.basis.weight_wad,
        0 if told else bounds,
    ]


@internal
@pure
def _unpacked(words: uint256[STATE_WORDS]) -> State:
    index_wad: uint256 = words[0] >> 96 & limits.MAX_PRICE_WAD
    conf_wad: uint256 = words[1] & limits.MAX_PRICE_WAD
    bounds: uint256 = words[4]
    if not self._uses_last(words[0]):
        bounds = self._bounds(index_wad, conf_wad)
    return State(
        mark_wad=words[0] & limits.MAX_PRICE_WAD,
        index_wad=index_wad,
        status=words[0] >> 248 & 127,
        liquidations_from=words[1] >> 136 & _40,
        low_wad=bounds & limits.MAX_PRICE_WAD,
        high_wad=bounds >> 96,
        conf_wad=conf_wad,
        poked_block=words[0] >> 192 & (2**56 - 1),
        poked_at=words[1] >> 96 & _40,
        funding=funding.Accrual(
            index_wad=self._signed(words[2]) >> 128,
            rate_wad=self._signed(words[2] << 128) >> 192,
            ends_at=words[2] & _40,
            premium_sum_wad=self._signed(words[1]) >> 176,
        ),
        basis=ema.Average(
            sum_wad=self._signed(words[3]) >> 128, weight_wad=words[3] & (2**128 - 1)
        ),
    )


@internal
@pure
def _mark_of(word: uint256) -> (uint256, uint256):
    """
    @dev The mark, and the block it was made in, from the first word of a state.
    """
    return word & limits.MAX_PRICE_WAD, word >> 192 & (2**56 - 1)


@internal
@pure
def _uses_last(word: uint256) -> bool:
    """
    @dev Whether a state's last word means anything, from its first; the same of settings.
    """
    return word & _TOP != 0


@internal
@pure
def _bounds(index_wad: uint256, conf_wad: uint256) -> uint256:
    # What is believed where the index is good; no price is zero, once there is one.
    low_wad: uint256 = index_wad - min(conf_wad, max(index_wad, 1) - 1)
    return low_wad | (index_wad + conf_wad) << 96


@internal
@pure
def _settings_packed(settings: Settings) -> uint256[SETTINGS_WORDS]:
    policy: funding.Policy = settings.funding
    words: uint256[SETTINGS_WORDS] = [
        convert(settings.book, uint256)
        | policy.interval_s << 160
        | policy.max_gap_s << 177
        | settings.band_wad << 194,
        settings.impact_notional_wad
        | policy.interest_wad << 90
        | policy.damper_wad << 142
        | policy.cap_wad << 196,
        convert(settings.external_feed, uint256)
        | settings.external_max_age_s << 160
        | settings.method << 184,
        settings.drift.scale_wad | settings.drift.velocity_wad << 64,
    ]
    if words[2] != 0:
        words[0] |= _TOP >> 1
    if words[3] != 0:
        words[0] |= _TOP
    return words


@internal
@pure
def _settings_unpacked(words: uint256[SETTINGS_WORDS]) -> Settings:
    return Settings(
        book=convert(words[0] & (2**160 - 1), address),
        impact_notional_wad=words[1] & MAX_IMPACT_WAD,
        external_feed=convert(words[2] & (2**160 - 1), address),
        external_max_age_s=words[2] >> 160 & (2**24 - 1),
        method=words[2] >> 184,
        band_wad=words[0] >> 194 & _60,
        funding=funding.Policy(
            interval_s=words[0] >> 160 & _17,
            max_gap_s=words[0] >> 177 & _17,
            interest_wad=words[1] >> 90 & _52,
            damper_wad=words[1] >> 142 & _54,
            cap_wad=words[1] >> 196,
        ),
        drift=funding.Drift(scale_wad=words[3] & _64, velocity_wad=words[3] >> 64),
    )


@internal
@pure
def _uses_third(word: uint256) -> bool:
    """
    @dev Whether the third word of settings means anything, from their first.
    """
    return word & _TOP >> 1 != 0


@internal
@pure
def _word(x: int256) -> uint256:
    return convert(convert(x, bytes32), uint256)


@internal
@pure
def _signed(word: uint256) -> int256:
    return convert(convert(word, bytes32), int256)
