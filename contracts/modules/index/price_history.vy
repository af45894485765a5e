# pragma version 0.4.3
"""
@title Cumulative prices and their history
@notice A price that changes at most once a second as far as time can tell, summed over time: as it
        is (for an arithmetic mean) and as its logarithm (for a geometric one). One observation is
        kept for each second with a change, in a ring. A window is at most one second shorter than
        the ring is long, so no number of changes can push its beginning out: a mean covers
        exactly its window or there is none. Between two observations the price stood still, so
        the sums at any second are exact.
        The importer keeps the number of observations ever made (it has room for it in a word it
        reads anyway) and the price that stands since the newest.
@custom:units `_wad` is 18 decimals, `_wad_s` that times seconds; times are unix seconds. The
              logarithm is natural, of the price rounded down to 18 decimals.
"""

from snekmate.utils import math

from contracts.modules.math import fixed_point


struct Observation:
    price_wad_s: uint256  # sum of price times seconds since the first observation
    log_wad_s: int256  # sum of its logarithm times seconds
    at: uint256


MAX_PRICE_WAD: constant(uint256) = 2**92 - 1  # 5e9 quote per base; the least price is one wei
MAX_WINDOW_S: constant(uint256) = 2**16 - 1
_LENGTH: constant(uint256) = 2**16

# price_wad_s 124 | log_wad_s + 2**99 100 | at 32. Nothing overflows before the year 2106: a price
# has 92 bits, its logarithm 66 and a sign, the seconds 32.
_LOG_ZERO: constant(int256) = 2**99
_LOG_MASK: constant(uint256) = 2**100 - 1
_TIME_MASK: constant(uint256) = 2**32 - 1

_ring: uint256[_LENGTH]


@internal
def _start() -> uint256:
    """
    @dev Make the first observation.
    @return The number of observations, for the importer to keep.
    """
    self._ring[0] = self._packed(Observation(price_wad_s=0, log_wad_s=0, at=block.timestamp))
    return 1


@internal
def _record(count: uint256, price_wad: uint256) -> uint256:
    """
    @dev Call before every change. The first of a second is observed, the others pass no time.
    @param price_wad The price before the change.
    @return The number of observations, for the importer to keep.
    """
    newest: Observation = self._observation(count - 1)
    if newest.at == block.timestamp:
        return count
    self._ring[count % _LENGTH] = self._packed(self._sums(newest, price_wad, block.timestamp))
    return count + 1


@internal
@view
def _now(count: uint256, price_wad: uint256) -> Observation:
    """
    @dev The sums up to now.
    """
    return self._sums(self._observation(count - 1), price_wad, block.timestamp)


@internal
@view
def _begun_at(count: uint256) -> uint256:
    """
    @dev When the oldest observation kept was made.
    """
    return self._time(0 if count <= _LENGTH else count)


@internal
@view
def _standing_wad(count: uint256, price_wad: uint256) -> uint256:
    """
    @dev The price that stood before the changes of this second; 0 if there was none.
    """
    newest: Observation = self._observation(count - 1)
    if newest.at != block.timestamp:
        return price_wad
    if count == 1:
        return 0
    before: Observation = self._observation(count - 2)
    return fixed_point._mul_div_down(
        newest.price_wad_s - before.price_wad_s, 1, newest.at - before.at
    )


@internal
@view
def _means(count: uint256, price_wad: uint256, window_s: uint256) -> (uint256, int256):
    """
    @dev Arithmetic mean price and mean logarithm over the window that ends now, both rounded
         down. Only for windows of 1 s to `MAX_WINDOW_S` that begin at or after `_begun_at`.
    """
    since: Observation = self._at(count, price_wad, block.timestamp - window_s, window_s)
    now: Observation = self._now(count, price_wad)
    return (
        fixed_point._mul_div_down(now.price_wad_s - since.price_wad_s, 1, window_s),
        fixed_point._signed_div_down(now.log_wad_s - since.log_wad_s, convert(window_s, int256)),
    )


@internal
@view
def _at(count: uint256, price_wad: uint256, time: uint256, age_s: uint256) -> Observation:
    """
    @dev The sums at a time `age_s` ago, from the last observation not after it.
    """
    # With one observation a second at most, the one sought is among the newest `age_s + 1`.
    place: uint256 = count - 1 - min(age_s, count - 1)
    after: uint256 = count
    for _: uint256 in range(17):
        if after - place == 1:
            break
        middle: uint256 = (place + after) // 2
        if self._time(middle) <= time:
            place = middle
        else:
            after = middle
    found: Observation = self._observation(place)
    if after == count:
        return self._sums(found, price_wad, time)
    next: Observation = self._observation(after)
    # The price stood still between the two: both divisions are exact.
    elapsed_s: uint256 = next.at - found.at
    past_s: uint256 = time - found.at
    found.price_wad_s += fixed_point._mul_div_down(
        next.price_wad_s - found.price_wad_s, past_s, elapsed_s
    )
    found.log_wad_s += fixed_point._signed_div_down(
        (next.log_wad_s - found.log_wad_s) * convert(past_s, int256), convert(elapsed_s, int256)
    )
    found.at = time
    return found


@internal
@pure
def _sums(since: Observation, price_wad: uint256, time: uint256) -> Observation:
    """
    @dev The sums at `time`, the price having stood since an observation.
    """
    elapsed_s: uint256 = time - since.at
    if elapsed_s == 0:
        return since
    log_wad: int256 = math._wad_ln(convert(price_wad, int256))
    return Observation(
        price_wad_s=since.price_wad_s + price_wad * elapsed_s,
        log_wad_s=since.log_wad_s + log_wad * convert(elapsed_s, int256),
        at=time,
    )


@internal
@view
def _observation(place: uint256) -> Observation:
    word: uint256 = self._ring[place % _LENGTH]
    return Observation(
        price_wad_s=word >> 132,
        log_wad_s=convert((word >> 32) & _LOG_MASK, int256) - _LOG_ZERO,
        at=word & _TIME_MASK,
    )


@internal
@view
def _time(place: uint256) -> uint256:
    return self._ring[place % _LENGTH] & _TIME_MASK


@internal
@pure
def _packed(observation: Observation) -> uint256:
    log_part: uint256 = convert(observation.log_wad_s + _LOG_ZERO, uint256)
    return (observation.price_wad_s << 132) | (log_part << 32) | observation.at
