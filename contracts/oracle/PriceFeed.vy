# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Price feed of one reporter
@notice Keeps the newest reading of one source. Its reporter pushes; the owner may replace the
        reporter; anyone reads, as `IPriceFeed` or as a Chainlink AggregatorV3.
@custom:units Prices and confidences are quote per base, 18 decimals; times are unix seconds.
@custom:invariant INV-19: nobody but the reporter changes the reading. A reading is only ever
        replaced by one observed later.
"""

from contracts.interfaces import IPriceFeed
from contracts.modules import limits

implements: IPriceFeed

from snekmate.auth import ownable
from snekmate.auth import ownable_2step as ownership

initializes: ownable
initializes: ownership[ownable := ownable]

exports: (
    # Ownership. Not to be renounced: nobody could replace a lost reporter's key.
    ownership.owner,
    ownership.pending_owner,
    ownership.transfer_ownership,
    ownership.accept_ownership,
)


event PricePushed:
    reporter: indexed(address)
    price_wad: uint256
    conf_wad: uint256
    observed_at: uint256
    seq: uint256


event ReporterReplaced:
    reporter: indexed(address)
    phase: uint256


# A reporter's clock may run ahead of the chain's by this much.

# The whole reading in one word, price in the highest bits: one slot to push, one to read.
#     price 96 | conf 80 | observed_at 40 | seq 40
# That holds prices below 7.9e10 and confidences below 1.2e6 quote per base.
_PRICE_BITS: constant(uint256) = 96
_CONF_BITS: constant(uint256) = 80
_TIME_BITS: constant(uint256) = 40
_SEQ_BITS: constant(uint256) = 40

_DESCRIPTION: immutable(String[32])

reporter: public(address)
# How many reporters there have been before this one. Each counts its pushes from one.
phase: public(uint256)
_reading: uint256


@deploy
def __init__(reporter: address, description: String[32]):
    """
    @param reporter The only account that may push.
    @param description What is priced and by whom, for people: "BTC-USD exchange A".
    """
    assert reporter != empty(address), "feed: reporter is zero"
    ownable.__init__()
    ownership.__init__()
    self.reporter = reporter
    _DESCRIPTION = description


@external
def push(price_wad: uint256, conf_wad: uint256, observed_at: uint256, seq: uint256):
    """
    @notice Replace the reading by one observed later. Reporter only.
    @param price_wad Quote per base.
    @param conf_wad Half-width of the reporter's confidence interval; at most the price.
    @param observed_at When the price was seen, later than the last one and at most 5 s ahead.
    @param seq The reporter's own count, larger than the last one.
    """
    assert msg.sender == self.reporter, "feed: not the reporter"
    assert price_wad != 0, "feed: price is zero"
    assert price_wad < 1 << _PRICE_BITS, "feed: price too large"
    assert conf_wad <= price_wad, "feed: conf above price"
    assert conf_wad < 1 << _CONF_BITS, "feed: conf too large"
    assert observed_at <= block.timestamp + limits.MAX_AHEAD_S, "feed: observed in the future"
    last: uint256 = self._reading
    assert observed_at > self._observed_at(last), "feed: not newer"
    assert seq > self._seq(last), "feed: seq not increasing"
    assert seq < 1 << _SEQ_BITS, "feed: seq too large"

    self._reading = self._pack(price_wad, conf_wad, observed_at, seq)
    log PricePushed(
        reporter=msg.sender,
        price_wad=price_wad,
        conf_wad=conf_wad,
        observed_at=observed_at,
        seq=seq,
    )


@external
def set_reporter(reporter: address):
    """
    @notice Hand the feed to another reporter. Owner only. The last reading stays until the new
            reporter's first, which starts again from seq one, so that a lost key that pushed
            the largest seq can't lock the feed.
    """
    ownable._check_owner()
    assert reporter != empty(address), "feed: reporter is zero"

    last: uint256 = self._reading
    self._reading = last ^ self._seq(last)
    self.reporter = reporter
    self.phase += 1
    log ReporterReplaced(reporter=reporter, phase=self.phase)


@view
@external
@reentrant
def latest() -> IPriceFeed.Reading:
    reading: uint256 = self._reading
    return IPriceFeed.Reading(
        price_wad=self._price_wad(reading),
        conf_wad=(reading >> (_TIME_BITS + _SEQ_BITS)) & ((1 << _CONF_BITS) - 1),
        observed_at=self._observed_at(reading),
    )


@view
@external
def latestRoundData() -> (uint80, int256, uint256, uint256, uint80):
    """
    @notice The reading as a Chainlink round: (roundId, answer, startedAt, updatedAt,
            answeredInRound). As there, the id is phase << 64 | seq, and a feed that has never
            answered reverts.
    """
    reading: uint256 = self._reading
    assert reading != 0, "feed: no price yet"
    round_id: uint80 = convert((self.phase << 64) | self._seq(reading), uint80)
    answer: int256 = convert(self._price_wad(reading), int256)
    observed_at: uint256 = self._observed_at(reading)
    return round_id, answer, observed_at, observed_at, round_id


@pure
@external
def decimals() -> uint8:
    """
    @notice Of the answer; not those of a dollar feed of Chainlink's, which has 8.
    """
    return 18


@view
@external
def description() -> String[32]:
    """
    @notice What is priced and by whom, for people.
    """
    return _DESCRIPTION


@pure
@external
def version() -> uint256:
    """
    @notice Of this surface; it has no other.
    """
    return 1


@internal
@pure
def _pack(price_wad: uint256, conf_wad: uint256, observed_at: uint256, seq: uint256) -> uint256:
    return (
        (price_wad << (_CONF_BITS + _TIME_BITS + _SEQ_BITS))
        | (conf_wad << (_TIME_BITS + _SEQ_BITS))
        | (observed_at << _SEQ_BITS)
        | seq
    )


@internal
@pure
def _price_wad(reading: uint256) -> uint256:
    return reading >> (_CONF_BITS + _TIME_BITS + _SEQ_BITS)


@internal
@pure
def _observed_at(reading: uint256) -> uint256:
    return (reading >> _SEQ_BITS) & ((1 << _TIME_BITS) - 1)


@internal
@pure
def _seq(reading: uint256) -> uint256:
    return reading & ((1 << _SEQ_BITS) - 1)
