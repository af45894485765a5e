# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Margin vault
@license MIT
@notice The only holder of collateral tokens, and the register of operators. Owners and their
        operators deposit, withdraw and move; the clearinghouse counts. Owners may also name traders,
        who do what an operator does but never let money leave the owner. A token that takes a fee
        on transfer, returns false or reverts is refused and nothing is counted.
@custom:units `_raw` is the token's 6 decimals, `_wad` 18; one raw unit is 1e12 WAD, exactly.
@custom:invariant INV-2 tokens deposited and not withdrawn = sum(cash + q) + escrows + fees + dust, exactly.
"""

from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IMarginVault
from contracts.modules import limits

implements: IMarginVault


event Deposited:
    account: indexed(uint256)
    actor: indexed(address)
    amount_raw: uint256


event Withdrawn:
    account: indexed(uint256)
    receiver: indexed(address)
    amount_raw: uint256


event Moved:
    sender: indexed(uint256)
    recipient: indexed(uint256)
    amount_wad: uint256


event OperatorSet:
    owner: indexed(address)
    operator: indexed(address)
    allowed: bool


event TraderSet:
    owner: indexed(address)
    trader: indexed(address)
    allowed: bool


_TOKEN: immutable(IERC20)
_CLEARINGHOUSE: immutable(IClearinghouse)

# Counted, not `balanceOf`: tokens sent here past `deposit` belong to nobody and move nothing.
held_raw: public(uint256)
is_operator: public(HashMap[address, HashMap[address, bool]])
is_trader: public(HashMap[address, HashMap[address, bool]])


@deploy
def __init__(token: address, clearinghouse: address):
    """
    @param token Collateral, an ERC-20 with 6 decimals.
    @param clearinghouse Keeper of the balances.
    """
    assert empty(address) not in [token, clearinghouse], "vault: peer is zero"
    assert staticcall IERC20Detailed(token).decimals() == 6, "vault: collateral needs 6 decimals"
    _TOKEN = IERC20(token)
    _CLEARINGHOUSE = IClearinghouse(clearinghouse)


@external
def deposit(account: uint256, amount_raw: uint256):
    """
    @notice Pull collateral from the caller into `account`. Only its owner, operator or trader.
    """
    self._check_may_act(account)
    assert amount_raw > 0, "vault: amount is zero"

    self.held_raw += amount_raw
    extcall _CLEARINGHOUSE.credit(account, amount_raw * limits.WAD_PER_RAW)
    log Deposited(account=account, actor=msg.sender, amount_raw=amount_raw)

    balance_raw: uint256 = staticcall _TOKEN.balanceOf(self)
    assert extcall _TOKEN.transferFrom(
        msg.sender, self, amount_raw, default_return_value=True
    ), "vault: transfer failed"
    assert (
        staticcall _TOKEN.balanceOf(self) == balance_raw + amount_raw
    ), "vault: token did not arrive in full"


@external
def withdraw(account: uint256, amount_raw: uint256, receiver: address):
    """
    @notice Pay withdrawable cash of `account` to `receiver`. Only its owner or operator.
    """
    self._check_may_withdraw(account)
    assert amount_raw > 0, "vault: amount is zero"
    assert receiver != empty(address) and receiver != self, "vault: receiver is zero or the vault"

    self.held_raw -= amount_raw
    extcall _CLEARINGHOUSE.debit(account, amount_raw * limits.WAD_PER_RAW)
    log Withdrawn(account=account, receiver=receiver, amount_raw=amount_raw)

    assert extcall _TOKEN.transfer(
        receiver, amount_raw, default_return_value=True
    ), "vault: transfer failed"


@external
def move(sender: uint256, recipient: uint256, amount_wad: uint256):
    """
    @notice Move withdrawable cash between two accounts of one owner. Only owner, operator or
            trader. To prepay tips into another owner's, the venue of trigger orders, not a trader.
    """
    if sender >> 96 == recipient >> 96:
        self._check_may_act(sender)
    else:
        self._check_may_withdraw(sender)
    assert amount_wad > 0, "vault: amount is zero"
    extcall _CLEARINGHOUSE.transfer(sender, recipient, amount_wad)
    log Moved(sender=sender, recipient=recipient, amount_wad=amount_wad)


@external
def set_operator(operator: address, allowed: bool):
    """
    @notice Let `operator` act for all accounts of the caller, or stop it.
    """
    assert operator != msg.sender, "vault: owner needs no operator"
    self.is_operator[msg.sender][operator] = allowed
    log OperatorSet(owner=msg.sender, operator=operator, allowed=allowed)


@external
def set_trader(trader: address, allowed: bool):
    """
    @notice Let `trader` trade for all accounts of the caller, or stop it: place and cancel orders,
            deposit its own money and move the owner's between the owner's accounts, but neither
            withdraw nor pay it to anybody.
    """
    assert trader != msg.sender, "vault: owner needs no trader"
    self.is_trader[msg.sender][trader] = allowed
    log TraderSet(owner=msg.sender, trader=trader, allowed=allowed)


@view
@external
@reentrant
def may_act(account: uint256, actor: address) -> bool:
    """
    @notice Whether `actor` owns `account` or is an operator or trader its owner named.
    """
    return self._may_act(account, actor)


@view
@external
@reentrant
def may_withdraw(account: uint256, actor: address) -> bool:
    """
    @notice Whether `actor` owns `account` or is an operator its owner named.
    """
    return self._may_withdraw(account, actor)


@view
@external
def token() -> address:
    """
    @notice The collateral.
    """
    return _TOKEN.address


@internal
@view
def _check_may_act(account: uint256):
    assert self._may_act(account, msg.sender), "vault: caller is neither owner nor operator"


@internal
@view
def _check_may_withdraw(account: uint256):
    assert self._may_withdraw(account, msg.sender), "vault: caller is neither owner nor operator"


@internal
@view
def _may_act(account: uint256, actor: address) -> bool:
    return (
        self._may_withdraw(account, actor) or self.is_trader[convert(account >> 96, address)][actor]
    )


@internal
@view
def _may_withdraw(account: uint256, actor: address) -> bool:
    owner: address = convert(account >> 96, address)
    return actor == owner or self.is_operator[owner][actor]
