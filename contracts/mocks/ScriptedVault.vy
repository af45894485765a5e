# pragma version 0.4.3
"""
@title Operators set by hand
@notice For tests of what asks the vault who may act for an account; it holds nothing.
"""

_is_operator: HashMap[uint256, HashMap[address, bool]]


@external
def set_operator(account: uint256, operator: address, allowed: bool):
    self._is_operator[account][operator] = allowed


@view
@external
def may_withdraw(account: uint256, actor: address) -> bool:
    return account >> 96 == convert(actor, uint256) or self._is_operator[account][actor]


@view
@external
def may_act(account: uint256, actor: address) -> bool:
    return account >> 96 == convert(actor, uint256) or self._is_operator[account][actor]
