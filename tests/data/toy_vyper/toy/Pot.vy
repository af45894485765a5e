# pragma version 0.4.3
"""
@title A pot of money
@notice Anyone may put in; the keeper alone pays out.
@custom:units Whole units.
"""

from toy import shares


event Paid:
    amount: uint256


keeper: public(address)
held: public(uint256)
paid: public(uint256)


@deploy
def __init__():
    self.keeper = msg.sender


@external
def put(amount: uint256):
    assert amount > 0, "pot: nothing"
    self.held += amount


@external
def pay(amount: uint256, is_last: bool):
    assert msg.sender == self.keeper, "pot: not the keeper"
    assert amount <= self.held, "pot: too much"
    self.held -= amount
    self.paid += amount
    if is_last and self.held != 0:
        self._sweep()
    log Paid(amount=amount)


@view
@external
def share(amount: uint256) -> uint256:
    return shares._share_down(min(amount, self.held), self.held)


@internal
def _sweep():
    self.paid += self.held
    self.held = 0
