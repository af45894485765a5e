# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Chainlink aggregator that says whatever a test wants
@notice Anyone may set its round and decimals, true or absurd, down to the bytes it returns, and
        make it revert or burn its gas.
@custom:units Answers are in `decimals`; times are unix seconds.
"""

HONEST: constant(uint256) = 0
REVERTING: constant(uint256) = 1
ENDLESS: constant(uint256) = 2

_round: Bytes[192]
_decimals: Bytes[64]
_fault: uint256


@deploy
def __init__(decimals: uint256):
    self._decimals = abi_encode(decimals)


@external
def set_round(
    round_id: uint256,
    answer: int256,
    started_at: uint256,
    updated_at: uint256,
    answered_in_round: uint256,
):
    """
    @notice Whole words, so that the ids may be dirty.
    """
    self._round = abi_encode(round_id, answer, started_at, updated_at, answered_in_round)


@external
def set_returned(round: Bytes[192], decimals: Bytes[64]):
    """
    @notice The very bytes that `latestRoundData` and `decimals` return.
    """
    self._round = round
    self._decimals = decimals


@external
def set_fault(fault: uint256):
    """
    @param fault 0 answers, 1 reverts, 2 burns all gas it is given.
    """
    assert fault <= ENDLESS, "scripted aggregator: unknown fault"
    self._fault = fault


@view
@external
@raw_return
def latestRoundData() -> Bytes[192]:
    assert self._fault != REVERTING, "scripted aggregator: told to revert"
    if self._fault == ENDLESS:
        burnt: bytes32 = empty(bytes32)
        for _: uint256 in range(max_value(uint256)):
            burnt = keccak256(burnt)
    return self._round


@view
@external
@raw_return
def decimals() -> Bytes[64]:
    return self._decimals
