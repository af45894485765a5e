"""Actions to transactions: the one place that knows which contract an action is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.abi.artifacts import artifact
from sim.abi.methods import Method, methods
from sim.chain.port import Call
from sim.engine.agent_checks import AgentError
from sim.engine.members import Member
from sim.protocol.deployment import Deployed
from sim.types import (
    Action,
    AllowTriggers,
    BuryTriggers,
    CancelOrders,
    CancelTriggers,
    Deposit,
    ExecuteTrigger,
    Liquidate,
    MintToken,
    MoveCash,
    NewTrigger,
    OpenWithBracket,
    PlaceMany,
    PlaceOrder,
    PlaceTriggers,
    Poke,
    PoolDeposit,
    PoolRedeem,
    PoolRequestRedeem,
    PushPrice,
    Ratchet,
    RealiseToken,
    RebalanceToken,
    RedeemToken,
    Restore,
    Ripcord,
    SocialiseLoss,
    SwapSpot,
    TakeOver,
    Unwind,
    Withdraw,
)
from sim.types.addresses import reporter_address

Order = tuple[bool, int, int, int, bool, int]
Trigger = tuple[int, int, int, int, int, int, int]


class Translator:
    """Knows addresses and encodings; remembers nothing else."""

    def __init__(self, deployed: Deployed) -> None:
        self._ids = {one.name: one.market_id for one in deployed.config.markets}
        self._books = {name: deployed.book(name) for name in self._ids}
        self._feeds = {
            (market.name, feed.name): (
                deployed.feed(market.name, feed.name),
                reporter_address(feed.name),
            )
            for market in deployed.config.markets
            for feed in market.feeds
            if feed.reading is None
        }
        self._addresses = {name: one.address for name, one in deployed.instances.items()}
        self._methods: dict[str, dict[str, Method]] = {}
        book, vault = self._encoder("OrderBook"), self._encoder("MarginVault")
        self._place, self._place_many = book("place"), book("place_many")
        self._cancel_many = book("cancel_many")
        self._deposit, self._withdraw, self._move = (
            vault("deposit"),
            vault("withdraw"),
            vault("move"),
        )
        self._push = self._encoder("PriceFeed")("push")
        self._liquidate = self._encoder("Liquidator")("liquidate")
        self._poke = self._encoder("MarkPrice")("poke")
        self._trigger = self._encoder("TriggerOrders")
        self._name_operator = vault("set_operator")
        self._makers: dict[type, Callable[[str, Any], Call]] = {
            PlaceOrder: self._place_order,
            PlaceMany: self._place_orders,
            CancelOrders: self._cancel_orders,
            Deposit: self._deposit_raw,
            Withdraw: self._withdraw_raw,
            MoveCash: self._move_cash,
            PushPrice: self._push_price,
            Liquidate: self._liquidate_account,
            Poke: self._poke_market,
            AllowTriggers: self._allow_triggers,
            PlaceTriggers: self._place_triggers,
            OpenWithBracket: self._open_with_bracket,
            CancelTriggers: self._cancel_triggers,
            BuryTriggers: self._bury_triggers,
            ExecuteTrigger: self._execute_trigger,
            Ratchet: self._ratchet_trigger,
            SwapSpot: self._swap_spot,
            TakeOver: self._take_over,
            SocialiseLoss: self._socialise,
            Restore: self._restore,
            Unwind: self._unwind,
            PoolDeposit: self._stake,
            PoolRequestRedeem: self._request_redeem,
            PoolRedeem: self._redeem,
            MintToken: self._mint_token,
            RedeemToken: self._redeem_token,
            RebalanceToken: lambda owner, one: self._keep(owner, one.token, "rebalance"),
            Ripcord: lambda owner, one: self._keep(owner, one.token, "ripcord"),
            RealiseToken: lambda owner, one: self._keep(owner, one.token, "realise"),
        }

    def call(self, owner: str, action: Action) -> Call:
        """The transaction that does what the action asks, sent by its agent's owner."""
        return self._makers[type(action)](owner, action)

    def system_call(self, sender: str, name: str, method: str, *arguments: Any) -> Call:
        """A call of any contract that no action stands for: minting, staking, upkeep."""
        encode = self._encoder(name.partition(".")[0])(method)
        return Call(sender, self._addresses[name], encode(*arguments))

    def market_id(self, market: str) -> int:
        """The number of a market."""
        return self._ids[market]

    def _encoder(self, contract: str) -> Callable[[str], Callable[..., bytes]]:
        if contract not in self._methods:
            self._methods[contract] = methods(contract, artifact(contract).abi)
        known = self._methods[contract]
        return lambda method: known[method].encode

    def _place_order(self, owner: str, action: PlaceOrder) -> Call:
        data = self._place(action.account, _order(action), action.max_fills)
        return Call(owner, self._books[action.market], data)

    def _place_orders(self, owner: str, action: PlaceMany) -> Call:
        data = self._place_many(action.account, [_order(one) for one in action.orders])
        return Call(owner, self._books[action.market], data)

    def _cancel_orders(self, owner: str, action: CancelOrders) -> Call:
        return Call(owner, self._books[action.market], self._cancel_many(action.order_ids))

    def _deposit_raw(self, owner: str, action: Deposit) -> Call:
        data = self._deposit(action.account, action.amount_raw)
        return Call(owner, self._addresses["MarginVault"], data)

    def _withdraw_raw(self, owner: str, action: Withdraw) -> Call:
        data = self._withdraw(action.account, action.amount_raw, owner)
        return Call(owner, self._addresses["MarginVault"], data)

    def _move_cash(self, owner: str, action: MoveCash) -> Call:
        data = self._move(action.sender, action.recipient, action.amount_wad)
        return Call(owner, self._addresses["MarginVault"], data)

    def _push_price(self, _owner: str, action: PushPrice) -> Call:
        feed, reporter = self._feeds[action.market, action.feed]
        data = self._push(action.price_wad, action.conf_wad, action.observed_at, action.seq)
        return Call(reporter, feed, data)

    def _liquidate_account(self, owner: str, action: Liquidate) -> Call:
        data = self._liquidate(action.account, self._ids[action.market], action.max_fills)
        return Call(owner, self._addresses["Liquidator"], data)

    def _take_over(self, owner: str, action: TakeOver) -> Call:
        words = (action.account, self._ids[action.market], action.size_wad, action.receiver)
        return self.system_call(owner, "Liquidator", "take_over", *words)

    def _socialise(self, owner: str, action: SocialiseLoss) -> Call:
        return self.system_call(owner, "Deleverager", "socialise", action.account)

    def _restore(self, owner: str, action: Restore) -> Call:
        return self.system_call(owner, "InsurancePool", "restore", self._ids[action.market])

    def _unwind(self, owner: str, action: Unwind) -> Call:
        return self.system_call(owner, "InsurancePool", "unwind", self._ids[action.market])

    def _stake(self, owner: str, action: PoolDeposit) -> Call:
        return self.system_call(owner, "InsurancePool", "deposit", action.amount_raw, owner)

    def _mint_token(self, owner: str, action: MintToken) -> Call:
        words = (action.amount_raw, action.min_tokens_wad, owner)
        return self.system_call(owner, f"LeveragedToken.{action.token}", "mint", *words)

    def _redeem_token(self, owner: str, action: RedeemToken) -> Call:
        words = (action.tokens_wad, action.min_raw, owner)
        return self.system_call(owner, f"LeveragedToken.{action.token}", "redeem", *words)

    def _keep(self, owner: str, token: str, method: str) -> Call:
        return self.system_call(owner, f"LeveragedToken.{token}", method)

    def _request_redeem(self, owner: str, action: PoolRequestRedeem) -> Call:
        return self.system_call(owner, "InsurancePool", "request_redeem", action.shares_wad)

    def _redeem(self, owner: str, _action: PoolRedeem) -> Call:
        return self.system_call(owner, "InsurancePool", "redeem", owner)

    def _poke_market(self, owner: str, action: Poke) -> Call:
        return Call(owner, self._addresses["MarkPrice"], self._poke(self._ids[action.market]))

    def _allow_triggers(self, owner: str, action: AllowTriggers) -> Call:
        data = self._name_operator(self._addresses["TriggerOrders"], action.allowed)
        return Call(owner, self._addresses["MarginVault"], data)

    def _place_triggers(self, owner: str, action: PlaceTriggers) -> Call:
        market = self._ids[action.market]
        words = [_trigger(one) for one in action.triggers]
        return self._to_triggers(owner, "program", action.account, market, words, False)

    def _open_with_bracket(self, owner: str, action: OpenWithBracket) -> Call:
        order, words = action.order, [_trigger(one) for one in action.triggers]
        arguments = (order.account, self._ids[order.market], _order(order), words, False)
        return self._to_triggers(owner, "open_with_bracket", *arguments)

    def _cancel_triggers(self, owner: str, action: CancelTriggers) -> Call:
        return self._to_triggers(owner, "cancel", action.trigger_ids)

    def _bury_triggers(self, owner: str, action: BuryTriggers) -> Call:
        return self._to_triggers(owner, "bury", action.account, self._ids[action.market])

    def _execute_trigger(self, owner: str, action: ExecuteTrigger) -> Call:
        return self._to_triggers(owner, "execute", action.trigger_id)

    def _ratchet_trigger(self, owner: str, action: Ratchet) -> Call:
        return self._to_triggers(owner, "ratchet", action.trigger_id)

    def _swap_spot(self, owner: str, action: SwapSpot) -> Call:
        words = (action.is_buy, action.amount_in_raw, action.min_out_raw, owner)
        return self.system_call(owner, f"SpotPool.{action.pool}", "swap", *words)

    def _to_triggers(self, owner: str, method: str, *arguments: Any) -> Call:
        return Call(owner, self._addresses["TriggerOrders"], self._trigger(method)(*arguments))


def call_for(translate: Translator, member: Member, block: int, action: Action) -> Call:
    """The transaction an action stands for; one that no contract could read is refused."""
    try:
        return translate.call(member.sender(action), action)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        is_name = isinstance(error, KeyError)
        told = f"the run has no {error}" if is_name else str(error)
        raise AgentError(member.agent.name, block, f"{type(action).__name__}: {told}") from error


def _order(action: PlaceOrder) -> Order:
    return (
        action.size_wad > 0,
        abs(action.size_wad),
        action.price_wad,
        action.kind,
        action.reduce_only,
        action.expires_at,
    )


def _trigger(action: NewTrigger) -> Trigger:
    return (
        action.kind,
        action.size_wad,
        action.trigger_wad,
        action.trail_wad,
        action.slippage_wad,
        action.tip_wad,
        action.group,
    )
