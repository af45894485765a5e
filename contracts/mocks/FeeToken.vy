# pragma version 0.4.3
"""
@title A token that takes one percent of every transfer
@notice For tests of who holds collateral: what is sent is not what arrives.
@custom:units Amounts are raw, 6 decimals.
"""

decimals: public(constant(uint8)) = 6
balanceOf: public(HashMap[address, uint256])


@external
def mint(owner: address, amount_raw: uint256):
    self.balanceOf[owner] += amount_raw


@external
def transferFrom(sender: address, receiver: address, amount_raw: uint256) -> bool:
    self.balanceOf[sender] -= amount_raw
    self.balanceOf[receiver] += amount_raw - amount_raw // 100
    return True
