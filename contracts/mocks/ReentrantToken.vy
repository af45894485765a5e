# pragma version 0.4.3
"""
@title A token that calls back into the vault in the middle of a transfer
@notice For tests of who holds collateral: the callback is a withdrawal of its own account.
@custom:units Amounts are raw, 6 decimals.
"""

from contracts.interfaces import IMarginVault

decimals: public(constant(uint8)) = 6
balanceOf: public(HashMap[address, uint256])
vault: public(address)


@external
def attack(vault: address):
    """
    @notice From now on, each transfer withdraws from `vault` first.
    """
    self.vault = vault


@external
def mint(owner: address, amount_raw: uint256):
    self.balanceOf[owner] += amount_raw


@external
def deposit_into(vault: address, amount_raw: uint256):
    """
    @notice Deposit into this token's own account.
    """
    self.balanceOf[self] += amount_raw
    extcall IMarginVault(vault).deposit(self._account(), amount_raw)


@external
def withdraw_from(vault: address, amount_raw: uint256):
    """
    @notice Withdraw from this token's own account.
    """
    extcall IMarginVault(vault).withdraw(self._account(), amount_raw, self)


@external
def transferFrom(sender: address, receiver: address, amount_raw: uint256) -> bool:
    return self._move(sender, receiver, amount_raw)


@external
def transfer(receiver: address, amount_raw: uint256) -> bool:
    return self._move(msg.sender, receiver, amount_raw)


@internal
def _move(sender: address, receiver: address, amount_raw: uint256) -> bool:
    if self.vault != empty(address):
        extcall IMarginVault(self.vault).withdraw(self._account(), amount_raw, self)
    self.balanceOf[sender] -= amount_raw
    self.balanceOf[receiver] += amount_raw
    return True


@internal
@view
def _account() -> uint256:
    return convert(self, uint256) << 96
