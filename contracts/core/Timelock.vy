# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Timelock
@license MIT
@notice Owns what governance may change, so that everybody sees a change coming and can leave before
        it. The proposer schedules calls; once the delay has passed anyone may execute them, all or
        none, until they expire; proposer and canceller may drop them before. Delay, proposer and
        canceller are themselves changed by scheduled calls only. A guardian's pause does not come
        this way: what stops is immediate, what changes or starts again waits.
        Who may veto is no sovereign: calls that do nothing but name another canceller or guardian,
        or let go on what was paused, are beyond the canceller's veto.

        It begins without a delay and in the hands of its deployer, who accepts the ownership of a
        fresh deployment through it and then gives it delay and proposer, for good.
@custom:units `_s` is seconds.
@custom:invariant Nothing that this contract owns is changed sooner than its delay after the call was
                  announced with its whole calldata.
"""


event CallsScheduled:
    id: indexed(bytes32)
    calls: DynArray[Call, MAX_CALLS]
    salt: bytes32
    ready_at: uint256


event CallsExecuted:
    id: indexed(bytes32)
    executor: indexed(address)


event CallsCancelled:
    id: indexed(bytes32)
    canceller: indexed(address)


event DelaySet:
    delay_s: uint256


event ProposerSet:
    proposer: indexed(address)


event CancellerSet:
    canceller: indexed(address)


struct Call:
    target: address
    payload: Bytes[MAX_PAYLOAD]


MAX_CALLS: constant(uint256) = 32  # fits every setter of a market, or a deployment's acceptances
MAX_PAYLOAD: constant(uint256) = 2_048  # a market's index with eight sources is 1,220 bytes
MIN_DELAY_S: constant(uint256) = 3_600
MAX_DELAY_S: constant(uint256) = 30 * 86_400
GRACE_S: constant(uint256) = 14 * 86_400  # for execution; nothing forgotten comes to life later

delay_s: public(uint256)
proposer: public(address)
canceller: public(address)
ready_at: public(HashMap[bytes32, uint256])  # unix seconds from which; 0: not scheduled
is_beyond_veto: public(HashMap[bytes32, bool])  # only the proposer may cancel these


@deploy
def __init__(canceller: address):
    """
    @param canceller May drop what is scheduled, as the proposer may, but for its own replacement.
    """
    assert canceller != empty(address), "timelock: canceller is zero"
    self.proposer = msg.sender
    self.canceller = canceller


@external
def schedule(calls: DynArray[Call, MAX_CALLS], salt: bytes32) -> bytes32:
    """
    @notice Announce calls for the delay from now on. Only the proposer.
    @param salt Tells apart calls that are otherwise the same.
    @return Their id.
    """
    assert msg.sender == self.proposer, "timelock: caller is not the proposer"
    assert len(calls) != 0, "timelock: no calls"
    id: bytes32 = self._id_of(calls, salt)
    assert self.ready_at[id] == 0, "timelock: already scheduled"

    ready_at: uint256 = block.timestamp + self.delay_s
    self.ready_at[id] = ready_at
    self.is_beyond_veto[id] = self._replaces_or_resumes(calls)
    log CallsScheduled(id=id, calls=calls, salt=salt, ready_at=ready_at)
    return id


@external
def execute(calls: DynArray[Call, MAX_CALLS], salt: bytes32):
    """
    @notice Make calls whose delay has passed, in their order, all or none. Anyone may.
    """
    id: bytes32 = self._id_of(calls, salt)
    ready_at: uint256 = self.ready_at[id]
    assert ready_at != 0, "timelock: not scheduled"
    assert block.timestamp >= ready_at, "timelock: too early"
    assert block.timestamp <= ready_at + GRACE_S, "timelock: expired"

    self.ready_at[id] = 0
    log CallsExecuted(id=id, executor=msg.sender)
    for call: Call in calls:
        assert call.target.is_contract, "timelock: nobody at the target"
        raw_call(call.target, call.payload)


@external
def cancel(id: bytes32):
    """
    @notice Drop scheduled calls. Only proposer and canceller, and only the proposer where they are
            beyond veto.
    """
    assert msg.sender in [self.proposer, self.canceller], "timelock: caller may not cancel"
    assert self.ready_at[id] != 0, "timelock: not scheduled"
    assert msg.sender == self.proposer or not self.is_beyond_veto[id], "timelock: beyond veto"
    self.ready_at[id] = 0
    log CallsCancelled(id=id, canceller=msg.sender)


# Changed by its own calls only, made while it holds the lock.


@external
@reentrant
def set_delay(delay_s: uint256):
    """
    @notice Change the delay of what is scheduled from now on. Only by a scheduled call.
    """
    self._check_own_call()
    assert delay_s >= MIN_DELAY_S and delay_s <= MAX_DELAY_S, "timelock: delay out of range"
    self.delay_s = delay_s
    log DelaySet(delay_s=delay_s)


@external
@reentrant
def set_proposer(proposer: address):
    """
    @notice Name another proposer. Only by a scheduled call.
    """
    self._check_own_call()
    assert proposer != empty(address), "timelock: proposer is zero"
    self.proposer = proposer
    log ProposerSet(proposer=proposer)


@external
@reentrant
def set_canceller(canceller: address):
    """
    @notice Name another canceller, or none. Only by a scheduled call.
    """
    self._check_own_call()
    self.canceller = canceller
    log CancellerSet(canceller=canceller)


@view
@external
def id_of(calls: DynArray[Call, MAX_CALLS], salt: bytes32) -> bytes32:
    """
    @notice The id that calls have, scheduled or not.
    """
    return self._id_of(calls, salt)


@internal
@pure
def _id_of(calls: DynArray[Call, MAX_CALLS], salt: bytes32) -> bytes32:
    return keccak256(abi_encode(calls, salt))


@internal
@view
def _replaces_or_resumes(calls: DynArray[Call, MAX_CALLS]) -> bool:
    """
    @dev Whether the calls only name a canceller or guardian, or unpause. With anything else among
         them they are like any others: a change is not to be carried past a veto in their company.
    """
    for call: Call in calls:
        if len(call.payload) < 4:
            return False
        selector: bytes4 = convert(slice(call.payload, 0, 4), bytes4)
        if selector not in [
            method_id("set_guardian(address)", output_type=bytes4),
            method_id("unpause(uint256,uint256)", output_type=bytes4),
        ]:
            if call.target != self:
                return False
            if selector != method_id("set_canceller(address)", output_type=bytes4):
                return False
    return True


@internal
@view
def _check_own_call():
    assert msg.sender == self, "timelock: not by a call of its own"
