# pragma version 0.4.3
"""
@title A high-water mark over the last eight hours
@notice One word an hour, holding that hour's highest value seen; older hours are written over.
        What nobody observed is not known: values are seen only when whoever uses this looks. The
        window is eight whole hours and the running one.
@custom:units Values are whatever is observed; they fit 192 bits.
"""

from contracts.modules import limits

_HOUR_S: constant(uint256) = 3600
_HOURS: constant(uint256) = 9

_peaks: uint256[_HOURS]  # peak 192 | hour 64


@internal
def _observe(seen: uint256):
    hour: uint256 = block.timestamp // _HOUR_S
    word: uint256 = self._peaks[hour % _HOURS]
    if word & limits.LOW_64 != hour or word >> 64 < seen:
        self._peaks[hour % _HOURS] = (convert(convert(seen, uint192), uint256) << 64) | hour


@internal
@view
def _peak() -> uint256:
    hour: uint256 = block.timestamp // _HOUR_S
    highest: uint256 = 0
    for place: uint256 in range(_HOURS):
        word: uint256 = self._peaks[place]
        if (word & limits.LOW_64) + _HOURS > hour:
            highest = max(highest, word >> 64)
    return highest
