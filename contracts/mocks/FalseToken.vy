# pragma version 0.4.3
"""
@title A token that answers a transfer as it is told to
@notice For tests of who holds collateral: it returns false, nothing, or reverts.
@custom:units Amounts are raw, 6 decimals.
"""

HONEST: constant(uint256) = 0
SAYS_FALSE: constant(uint256) = 1
REVERTS: constant(uint256) = 2

decimals: public(constant(uint8)) = 6
balanceOf: public(HashMap[address, uint256])
mood: public(uint256)


@external
def set_mood(mood: uint256):
    self.mood = mood


@external
def mint(owner: address, amount_raw: uint256):
    self.balanceOf[owner] += amount_raw


@external
def transferFrom(sender: address, receiver: address, amount_raw: uint256) -> bool:
    return self._move(sender, receiver, amount_raw)


@external
def transfer(receiver: address, amount_raw: uint256) -> bool:
    return self._move(msg.sender, receiver, amount_raw)


@internal
def _move(sender: address, receiver: address, amount_raw: uint256) -> bool:
    assert self.mood != REVERTS, "token: not today"
    if self.mood == SAYS_FALSE:
        return False
    self.balanceOf[sender] -= amount_raw
    self.balanceOf[receiver] += amount_raw
    return True
