# pragma version 0.4.3
"""
@title Token that does whatever a test wants
@notice Any number of decimals; anyone mints. It can keep a part of what is sent, answer `False`,
        and call somebody in the middle of a transfer, which is why it has no lock.
@custom:units Amounts are raw; `_bps` is 1e-4.
"""

from contracts.modules import limits

from snekmate.auth import ownable
from snekmate.tokens import erc20

initializes: ownable
initializes: erc20[ownable := ownable]

exports: (
    erc20.name,
    erc20.symbol,
    erc20.decimals,
    erc20.totalSupply,
    erc20.balanceOf,
    erc20.allowance,
    erc20.approve,
)

_kept_bps: uint256
_is_refusing: bool
_callee: address
_calldata: Bytes[260]
# What came of the last call in a transfer.
was_answered: public(bool)
answer: public(Bytes[96])


@deploy
def __init__(decimals: uint8):
    ownable.__init__()
    erc20.__init__("Scripted token", "TEST", decimals, "Scripted token", "1")


@external
def mint(owner: address, amount: uint256):
    erc20._mint(owner, amount)


@external
def set_faults(kept_bps: uint256, is_refusing: bool):
    """
    @param kept_bps What of each transfer never arrives.
    @param is_refusing Whether transfers do nothing and answer `False`.
    """
    self._kept_bps = kept_bps
    self._is_refusing = is_refusing


@external
def set_call(callee: address, data: Bytes[260]):
    """
    @notice Call somebody with this in every transfer; nobody if zero.
    """
    self._callee = callee
    self._calldata = data


@external
def transfer(to: address, amount: uint256) -> bool:
    return self._moved(msg.sender, to, amount)


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    erc20._spend_allowance(owner, msg.sender, amount)
    return self._moved(owner, to, amount)


@internal
def _moved(owner: address, to: address, amount: uint256) -> bool:
    if self._is_refusing:
        return False
    if self._callee != empty(address):
        self.was_answered, self.answer = raw_call(
            self._callee, self._calldata, max_outsize=96, revert_on_failure=False
        )
    kept: uint256 = amount * self._kept_bps // limits.BPS
    erc20._transfer(owner, to, amount - kept)
    if kept != 0:
        erc20._burn(owner, kept)
    return True
