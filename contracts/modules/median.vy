# pragma version 0.4.3
"""
@title Weighted quantiles of a few prices
@notice Each entry is one word, so that sorting words sorts prices and carries along what belongs
        to them. The lower weighted quantile at q is the first entry, in ascending order, up to
        which the entries hold at least q of the weight. So a tie, and the middle of an even
        count, falls to the lower price, and a quantile is always one of the entries.
@custom:units Values are quote per base, 18 decimals; weights have no unit; ages are seconds.
"""


# Room for three votes of each of eight sources.
MAX_ENTRIES: constant(uint256) = 24

# value 104 | conf 104 | weight 16 | age 24 | place 8, from the highest bit. The fields behind the
# value order equal values: the result can't depend on the order in which sources were listed.
VALUE_BITS: constant(uint256) = 104
WEIGHT_BITS: constant(uint256) = 16
AGE_BITS: constant(uint256) = 24
_PLACE_BITS: constant(uint256) = 8
_AGE_AT: constant(uint256) = _PLACE_BITS
_WEIGHT_AT: constant(uint256) = _AGE_AT + AGE_BITS
_CONF_AT: constant(uint256) = _WEIGHT_AT + WEIGHT_BITS
_VALUE_AT: constant(uint256) = _CONF_AT + VALUE_BITS


@internal
@pure
def _sorted(entries: uint256[MAX_ENTRIES], count: uint256) -> uint256[MAX_ENTRIES]:
    # Insertion: the entries are few and nearly in order.
    ordered: uint256[MAX_ENTRIES] = entries
    for i: uint256 in range(count, bound=MAX_ENTRIES):
        entry: uint256 = ordered[i]
        place: uint256 = i
        for _: uint256 in range(MAX_ENTRIES):
            if place == 0:
                break
            before: uint256 = ordered[unsafe_sub(place, 1)]
            if before <= entry:
                break
            ordered[place] = before
            place = unsafe_sub(place, 1)
        ordered[place] = entry
    return ordered


@internal
@pure
def _median(ordered: uint256[MAX_ENTRIES], count: uint256, weight: uint256) -> uint256:
    reached: uint256 = 0
    for i: uint256 in range(count, bound=MAX_ENTRIES):
        reached += self._weight(ordered[i])
        if 2 * reached >= weight:
            return self._value(ordered[i])
    raise  # dev: weight is not the sum of the entries' weights


@internal
@pure
def _quartiles(
    ordered: uint256[MAX_ENTRIES], count: uint256, weight: uint256
) -> (uint256, uint256, uint256):
    low: uint256 = 0
    middle: uint256 = 0
    before: uint256 = 0
    for i: uint256 in range(count, bound=MAX_ENTRIES):
        reached: uint256 = before + self._weight(ordered[i])
        if 4 * before < weight and 4 * reached >= weight:
            low = self._value(ordered[i])
        if 2 * before < weight and 2 * reached >= weight:
            middle = self._value(ordered[i])
        if 4 * reached >= 3 * weight:
            return low, middle, self._value(ordered[i])
        before = reached
    raise  # dev: weight is not the sum of the entries' weights


@internal
@pure
def _entry(
    value_wad: uint256, conf_wad: uint256, weight: uint256, age_s: uint256, place: uint256
) -> uint256:
    return (
        (value_wad << _VALUE_AT)
        | (conf_wad << _CONF_AT)
        | (weight << _WEIGHT_AT)
        | (age_s << _AGE_AT)
        | place
    )


@internal
@pure
def _vote(value_wad: uint256, weight: uint256) -> uint256:
    return (value_wad << _VALUE_AT) | (weight << _WEIGHT_AT)


@internal
@pure
def _value(entry: uint256) -> uint256:
    return entry >> _VALUE_AT


@internal
@pure
def _conf(entry: uint256) -> uint256:
    return (entry >> _CONF_AT) & ((1 << VALUE_BITS) - 1)


@internal
@pure
def _weight(entry: uint256) -> uint256:
    return (entry >> _WEIGHT_AT) & ((1 << WEIGHT_BITS) - 1)


@internal
@pure
def _age_s(entry: uint256) -> uint256:
    return (entry >> _AGE_AT) & ((1 << AGE_BITS) - 1)


@internal
@pure
def _place(entry: uint256) -> uint256:
    return entry & ((1 << _PLACE_BITS) - 1)
