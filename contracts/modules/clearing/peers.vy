# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title The clearinghouse's peers
@notice Who may propose changes, and what kind of venue each is: wired once, for ever.
@custom:units None.
"""

from contracts.modules import codes
from contracts.modules import refusal

_DEPLOYER: immutable(address)

vault: public(address)
liquidator: public(address)
deleverager: public(address)
pool: public(address)
treasury: public(address)
triggers: public(address)


@deploy
def __init__():
    _DEPLOYER = msg.sender


@external
def wire(
    vault: address, liquidator: address, deleverager: address, pool: address, treasury: address
):
    """
    @notice Name the peers, once and for ever. Only the deployer.
    @param deleverager May be zero where a deployment has no deleverager.
    """
    self._check_caller(_DEPLOYER)
    self._check_unwired(self.vault)
    if empty(address) in [vault, liquidator, pool, treasury]:
        refusal._refuse("peer is zero")
    self.vault = vault
    self.liquidator = liquidator
    self.deleverager = deleverager
    self.pool = pool
    self.treasury = treasury


@external
def wire_triggers(triggers: address):
    """
    @notice Name the venue of trigger orders, once and for ever. Only the deployer.
    """
    self._check_caller(_DEPLOYER)
    self._check_unwired(self.triggers)
    self.triggers = triggers


@internal
@view
def _check_caller(expected: address):
    if msg.sender != expected:
        refusal._refuse("caller not allowed")


@internal
@pure
def _check_unwired(peer: address):
    if peer != empty(address):
        refusal._refuse("already wired")


@view
@external
@reentrant
def venue_kind(venue: address) -> uint256:
    """
    @notice What a peer may propose: 0 nothing, 2 liquidator, 3 deleverager, 4 pool.
    """
    if venue == self.liquidator:
        return codes.LIQUIDATOR
    if venue == self.deleverager:
        return codes.DELEVERAGER
    return codes.POOL if venue == self.pool else 0
