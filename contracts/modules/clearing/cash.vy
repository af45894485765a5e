# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Cash
@notice Deposits, withdrawals, payments, fees: every movement of cash outside a trade, and who may
        propose it.
@custom:units Quote, 18 decimals.
"""

from contracts.modules import accounts
from contracts.modules import refusal
from contracts.modules.clearing import account_health
from contracts.modules.clearing import ledger
from contracts.modules.clearing import market_data
from contracts.modules.clearing import peers
from contracts.modules.math import fixed_point

uses: ledger
uses: market_data
uses: account_health
uses: peers


event CashMoved:
    account: indexed(uint256)
    reason: uint256
    amount_wad: int256
    cash_wad: int256


event FeesSwept:
    pool_wad: uint256
    treasury_wad: uint256


# Reasons of CashMoved
DEPOSITED: constant(uint256) = 0
WITHDRAWN: constant(uint256) = 1
MOVED: constant(uint256) = 2
PAID: constant(uint256) = 3
PENALISED: constant(uint256) = 4
SWEPT: constant(uint256) = 5
SOCIALISED: constant(uint256) = 6
TIPPED: constant(uint256) = 7  # into, or out of, the account of the venue of trigger orders
WRITTEN_OFF: constant(uint256) = 8  # a debt nobody may be charged with, or repaid by the pool

_POOL_FEE_SHARE_WAD: immutable(uint256)


@deploy
def __init__(pool_fee_share_wad: uint256):
    if pool_fee_share_wad > 10**18:
        refusal._refuse("pool share above 100 %")
    _POOL_FEE_SHARE_WAD = pool_fee_share_wad


@external
def credit(account: uint256, amount_wad: uint256):
    """
    @notice Count a deposit that the vault has received. Only the vault.
    """
    peers._check_caller(peers.vault)
    accounts._check_account(account)
    self._add_cash(account, convert(amount_wad, int256), DEPOSITED)


@external
def debit(account: uint256, amount_wad: uint256):
    """
    @notice Count a withdrawal that the vault is about to pay. Only the vault.
    """
    peers._check_caller(peers.vault)
    self._take_withdrawable(account, amount_wad, WITHDRAWN)


@external
def transfer(sender: uint256, recipient: uint256, amount_wad: uint256):
    """
    @notice Move withdrawable cash between two accounts of one owner, or prepay tips into the
            cross account of the venue of trigger orders. Only the vault.
    """
    peers._check_caller(peers.vault)
    if sender == recipient:
        refusal._refuse("accounts are the same")
    accounts._check_account(recipient)
    reason: uint256 = MOVED
    if sender >> 96 != recipient >> 96:
        if recipient != accounts._cross_account(peers.triggers):
            refusal._refuse("accounts have different owners")
        reason = TIPPED
    self._take_withdrawable(sender, amount_wad, reason)
    self._add_cash(recipient, convert(amount_wad, int256), reason)


@external
def pay(recipient: uint256, amount_wad: uint256):
    """
    @notice Pay out of the caller's own cross account. Only the liquidator, the venue of trigger
            orders and the pool, whose accounts hold nothing but cash.
    """
    if msg.sender not in [peers.liquidator, peers.triggers]:
        peers._check_caller(peers.pool)
    payer: uint256 = accounts._cross_account(msg.sender)
    accounts._check_account(recipient)
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(payer)
    if active != 0:
        refusal._refuse("payer holds a position")
    if cash_wad < convert(amount_wad, int256):
        refusal._refuse("payer's cash too low")
    reason: uint256 = TIPPED if msg.sender == peers.triggers else PAID
    self._add_cash(payer, -convert(amount_wad, int256), reason)
    if recipient == accounts._cross_account(peers.pool):
        self._add_income(amount_wad, reason)
    else:
        self._add_cash(recipient, convert(amount_wad, int256), reason)


@external
def sweep_fees() -> (uint256, uint256):
    """
    @notice Share out the collected fees; dust goes to the pool. Anyone may call.
    @return What the pool and the treasury received.
    """
    pool_wad: uint256 = 0
    treasury_wad: uint256 = 0
    pool_wad, treasury_wad = self._shares_of_pots()
    ledger._store_pots(0, 0)
    self._add_income(pool_wad, SWEPT)
    self._add_cash(accounts._cross_account(peers.treasury), convert(treasury_wad, int256), SWEPT)
    log FeesSwept(pool_wad=pool_wad, treasury_wad=treasury_wad)
    return pool_wad, treasury_wad


@view
@external
def fees_due() -> (uint256, uint256):
    """
    @notice What a sweep would add to the pool's cash, after its debts, and to the treasury's.
    """
    pool_wad: uint256 = 0
    treasury_wad: uint256 = 0
    pool_wad, treasury_wad = self._shares_of_pots()
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(accounts._cross_account(peers.pool) | accounts.DEFICIT)
    return pool_wad - min(pool_wad, convert(max(-cash_wad, 0), uint256)), treasury_wad


@internal
@view
def _shares_of_pots() -> (uint256, uint256):
    fees_wad: uint256 = 0
    dust_wad: uint256 = 0
    fees_wad, dust_wad = ledger._load_pots()
    treasury_wad: uint256 = fees_wad - fixed_point._mul_wad_up(fees_wad, _POOL_FEE_SHARE_WAD)
    return fees_wad - treasury_wad + dust_wad, treasury_wad


@internal
def _add_income(amount_wad: uint256, reason: uint256):
    """
    @dev The pool's: debts that nobody could be charged with come before its shares.
    """
    pool: uint256 = accounts._cross_account(peers.pool)
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(pool | accounts.DEFICIT)
    income_wad: int256 = convert(amount_wad, int256)
    if cash_wad < 0:
        repaid_wad: int256 = min(income_wad, -cash_wad)
        self._add_cash(pool | accounts.DEFICIT, repaid_wad, WRITTEN_OFF)
        income_wad -= repaid_wad
    self._add_cash(pool, income_wad, reason)


@internal
def _take_withdrawable(account: uint256, amount_wad: uint256, reason: uint256):
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(account)
    market_data._poke_others(active, 0)
    market_data._check_not_stopped(account_health._may_withdraw(account, active))
    if amount_wad > account_health._withdrawable(account):
        refusal._refuse("above withdrawable")
    self._add_cash(account, -convert(amount_wad, int256), reason)


@internal
def _add_cash(account: uint256, amount_wad: int256, reason: uint256):
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(account)
    cash_wad += amount_wad
    ledger._store_account(account, cash_wad, active)
    log CashMoved(account=account, reason=reason, amount_wad=amount_wad, cash_wad=cash_wad)
