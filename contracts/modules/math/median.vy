# pragma version 0.4.3
"""
@title Weighted quantiles of a few prices
@notice Each entry is one word, so that sorting words sorts prices and carries along what belongs
        to them. The lower weighted quantile at q is the first entry, in ascending order, up to
        which the entries hold at least q of the weight. So a tie, and the middle of an even
        count, falls to the lower price, and a quantile is always one of the entries.
@custom:units Values are quote per base, 18 decimals; weights have no unit; ages are seconds.
"""

MAX_ENTRIES: constant(uint256) = 8  # one a source

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
_WEIGHT: constant(uint256) = (1 << WEIGHT_BITS) - 1
_AGE: constant(uint256) = (1 << AGE_BITS) - 1
_VALUE: constant(uint256) = ((1 << VALUE_BITS) - 1) << _VALUE_AT
_VOTE: constant(uint256) = _VALUE | (_WEIGHT << _WEIGHT_AT)


# The loops below run in every refresh and do nothing that could overflow: 24 weights of 16 bits.


@internal
@pure
def _sorted(entries: uint256[MAX_ENTRIES], count: uint256) -> uint256[MAX_ENTRIES]:
    # Insertion: the entries are few and nearly in order.
    ordered: uint256[MAX_ENTRIES] = entries
    last: uint256 = 0
    for i: uint256 in range(count, bound=MAX_ENTRIES):
        entry: uint256 = ordered[i]
        if entry >= last:
            last = entry
            continue
        place: uint256 = i
        for _: uint256 in range(MAX_ENTRIES):
            before: uint256 = ordered[unsafe_sub(place, 1)]
            if before <= entry:
                break
            ordered[place] = before
            place = unsafe_sub(place, 1)
            if place == 0:
                break
        ordered[place] = entry
    return ordered


@internal
@pure
def _quantile(ordered: uint256[MAX_ENTRIES], quarters: uint256, weight: uint256) -> uint256:
    """
    @dev The lower weighted quantile at `quarters` / 4 of entries with this weight in all.
    """
    reached: uint256 = 0
    for entry: uint256 in ordered:
        reached = unsafe_add(reached, (entry >> _WEIGHT_AT) & _WEIGHT)
        if unsafe_mul(4, reached) >= unsafe_mul(quarters, weight):
            return entry >> _VALUE_AT
    raise  # dev: weight is not the sum of the entries' weights


@internal
@pure
def _poll(
    voters: uint256[MAX_ENTRIES], count: uint256, weight: uint256
) -> (uint256, uint256, uint256, uint256):
    """
    @dev Quartiles of the three votes p - c, p and p + c of each voter, in ascending order of p,
         and the age of the newest. No vote leaves its field: c is at most p, and p + c has fewer
         than 104 bits as sources stay below 2**96.
         Mostly sources differ by less than they doubt, and doubt alike: then all lows, in the
         order of the voters, come before all prices, and these before all highs, so that each
         quartile of the three lists is a quantile of one.
    """
    age_s: uint256 = _AGE
    reached: uint256 = 0
    lower: uint256 = 0
    middle: uint256 = 0
    upper: uint256 = 0
    last_low: uint256 = 0
    last_high: uint256 = 0
    is_ordered: bool = True
    for i: uint256 in range(count, bound=MAX_ENTRIES):
        voter: uint256 = voters[i]
        vote: uint256 = voter & _VOTE
        doubt: uint256 = (voter << VALUE_BITS) & _VALUE
        low: uint256 = unsafe_sub(vote, doubt)
        high: uint256 = unsafe_add(vote, doubt)
        if low < last_low or high < last_high:
            is_ordered = False
        last_low = low
        last_high = high
        age_s = min(age_s, (voter >> _AGE_AT) & _AGE)
        reached = unsafe_add(reached, (voter >> _WEIGHT_AT) & _WEIGHT)
        if upper == 0 and unsafe_mul(4, reached) >= weight:
            upper = high
        if middle == 0 and unsafe_mul(2, reached) >= weight:
            middle = vote
        if lower == 0 and unsafe_mul(4, reached) >= unsafe_mul(3, weight):
            lower = low
    first: uint256 = voters[0]
    if (
        is_ordered
        and last_low <= first & _VOTE
        and voters[unsafe_sub(count, 1)] & _VOTE
        <= unsafe_add(first & _VOTE, (first << VALUE_BITS) & _VALUE)
    ):
        return lower >> _VALUE_AT, middle >> _VALUE_AT, upper >> _VALUE_AT, age_s
    quartiles: uint256[3] = self._merged_quartiles(voters, count, weight)
    return quartiles[0], quartiles[1], quartiles[2], age_s


@internal
@pure
def _merged_quartiles(voters: uint256[MAX_ENTRIES], count: uint256, weight: uint256) -> uint256[3]:
    """
    @dev The same for votes in any order: three lists, each put in order, are merged.
    """
    lows: uint256[MAX_ENTRIES] = empty(uint256[MAX_ENTRIES])
    highs: uint256[MAX_ENTRIES] = empty(uint256[MAX_ENTRIES])
    for i: uint256 in range(count, bound=MAX_ENTRIES):
        vote: uint256 = voters[i] & _VOTE
        doubt: uint256 = (voters[i] << VALUE_BITS) & _VALUE
        lows[i] = unsafe_sub(vote, doubt)
        highs[i] = unsafe_add(vote, doubt)
    # In order already, unless confidences are of different width.
    lows = self._sorted(lows, count)
    highs = self._sorted(highs, count)

    total: uint256 = unsafe_mul(3, weight)
    low: uint256 = lows[0]
    middle: uint256 = voters[0]
    high: uint256 = highs[0]
    lows_used: uint256 = 0
    middles_used: uint256 = 0
    highs_used: uint256 = 0
    reached: uint256 = 0
    quarters: uint256 = 1
    lower_wad: uint256 = 0
    median_wad: uint256 = 0
    for _: uint256 in range(3 * MAX_ENTRIES):
        vote: uint256 = low
        if low <= middle and low <= high:
            lows_used = unsafe_add(lows_used, 1)
            low = lows[lows_used] if lows_used < count else max_value(uint256)
        elif middle <= high:
            vote = middle
            middles_used = unsafe_add(middles_used, 1)
            middle = voters[middles_used] if middles_used < count else max_value(uint256)
        else:
            vote = high
            highs_used = unsafe_add(highs_used, 1)
            high = highs[highs_used] if highs_used < count else max_value(uint256)
        reached = unsafe_add(reached, (vote >> _WEIGHT_AT) & _WEIGHT)
        # One heavy vote may be several quartiles at once.
        if unsafe_mul(4, reached) < unsafe_mul(quarters, total):
            continue
        if quarters == 1:
            lower_wad = vote >> _VALUE_AT
            quarters = 2
        if quarters == 2 and unsafe_mul(2, reached) >= total:
            median_wad = vote >> _VALUE_AT
            quarters = 3
        if quarters == 3 and unsafe_mul(4, reached) >= unsafe_mul(3, total):
            return [lower_wad, median_wad, vote >> _VALUE_AT]
    raise  # dev: weight is not the sum of the voters' weights


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
def _value(entry: uint256) -> uint256:
    return entry >> _VALUE_AT


@internal
@pure
def _conf(entry: uint256) -> uint256:
    return (entry >> _CONF_AT) & ((1 << VALUE_BITS) - 1)


@internal
@pure
def _weight(entry: uint256) -> uint256:
    return (entry >> _WEIGHT_AT) & _WEIGHT


@internal
@pure
def _age_s(entry: uint256) -> uint256:
    return (entry >> _AGE_AT) & _AGE


@internal
@pure
def _place(entry: uint256) -> uint256:
    return entry & ((1 << _PLACE_BITS) - 1)
