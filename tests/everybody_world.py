"""The deployed protocol, where anybody calls any function; what privileges are tested in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sim.abi.artifacts import artifact
from sim.audit.trial_call import likely_value, without_code
from sim.chain.port import Call
from sim.protocol.config import TokenConfig
from sim.protocol.deployment import Instance
from sim.types import OrderKind, account_id
from sim.units import wad
from tests.support.contracts import address_of
from tests.world import World, reference_world_config

MARKET, NAME, OTHER = 1, "BTC-USD", "ETH-USD"
PRICE_WAD = wad(60_000)
RAW = 10**6

# People; `heir` was offered the ownership of everything, and has not accepted.
PEOPLE = ("stranger", "trader", "keeper", "reporter", "guardian", "owner", "heir")
# The protocol's own contracts. The trader let `triggers` act for its accounts.
PEERS = {
    "vault": "MarginVault",
    "book": f"OrderBook.{NAME}",
    "other_book": f"OrderBook.{OTHER}",
    "liquidator": "Liquidator",
    "deleverager": "Deleverager",
    "pool": "InsurancePool",
    "triggers": "TriggerOrders",
}
# They ask the vault who may act for an account.
ASK_THE_VAULT = ("OrderBook", "TriggerOrders", "Liquidator")


class Everybody(World):
    """The protocol with a trader who has cash, an order, a position and a trigger of it."""

    def __init__(self) -> None:
        token = TokenConfig(name="BTC3L", market=NAME, leverage=3)
        super().__init__(replace(reference_world_config(), tokens=(token,)))
        self._offer_everything()
        self.push(NAME, PRICE_WAD)
        for role in ("trader", "maker"):
            self.deposit(role, 100_000 * RAW)
        self.account = account_id(address_of("trader"), 0)
        self.send("trader", "MarginVault", "set_operator", self._at("TriggerOrders"), True)
        self._place("maker", -wad(1), OrderKind.LIMIT)
        self._place("trader", wad(1), OrderKind.IOC)
        placed = self._place("trader", wad(1), OrderKind.LIMIT)
        stop = (0, 2**128 - 1, wad(59_000), 0, wad("0.01"), 0, 0)
        asked = (self.account, MARKET, [stop], False)
        programmed = self.send("trader", "TriggerOrders", "program", *asked)
        self.known = {
            "account": self.account,
            "sender": self.account,
            "receiver": self.account,
            "order_id": _first(placed, "OrderPlaced").order_id,
            "trigger_id": _first(programmed, "TriggerProgrammed").trigger_id,
            "market": MARKET,
        }
        self.instances = dict(self.deployed.instances)
        self.instances |= {"SpotPool": self._spot_pool(), "Timelock": self._timelock()}

    def could_call(self, role: str, contract: str) -> bool:
        """Contracts do not call themselves, nor one that needs their answer meanwhile."""
        if role == "vault" and contract in ASK_THE_VAULT:
            return False
        return role not in PEERS or self.deployed.address(PEERS[role]) != self._at(contract)

    def call(self, role: str, contract: str, function: str) -> str:
        """Let somebody call a function; why it was refused, or nothing. Leaves no trace."""
        found = artifact(contract).methods[function]
        data = found.encode(*self._arguments(contract, function))
        sender = self.deployed.address(PEERS[role]) if role in PEERS else address_of(role)
        before = self.snapshot()
        with without_code(self.chain, sender):
            self.chain.submit([Call(sender, self._at(contract), data)])
        receipt = self.chain.seal()[-1]
        self.revert(before)
        return "" if receipt.ok else receipt.error

    def _at(self, contract: str) -> str:
        by_contract = {
            "OrderBook": f"OrderBook.{NAME}",
            "PriceFeed": f"PriceFeed.{NAME}.feed_1",
            "LeveragedToken": "LeveragedToken.BTC3L",
        }
        known = getattr(self, "instances", self.deployed.instances)
        return known[by_contract.get(contract, contract)].address

    def _arguments(self, contract: str, function: str) -> Iterator[Any]:
        (entry,) = [each for each in artifact(contract).abi if each.get("name") == function]
        return (likely_value(one, address_of("trader"), self.known) for one in entry["inputs"])

    def _place(self, role: str, size_wad: int, kind: OrderKind) -> list[Any]:
        price_wad = PRICE_WAD if kind is OrderKind.IOC or role == "maker" else wad(59_900)
        order = (size_wad > 0, abs(size_wad), price_wad, int(kind), False, 0)
        account = account_id(address_of(role), 0)
        return self.send(role, f"OrderBook.{NAME}", "place", account, order, 32)

    def _offer_everything(self) -> None:
        for name, (contract, _) in self.deployed.instances.items():
            if "transfer_ownership" in writing_functions(contract):
                self.send("owner", name, "transfer_ownership", address_of("heir"))

    def _spot_pool(self) -> Instance:
        base = self.driver.create("MockToken.base", "MockToken")
        pool = self.driver.create("SpotPool", "SpotPool", base, self._at("MockToken"), 30, 0)
        return Instance("SpotPool", pool)

    def _timelock(self) -> Instance:
        timelock = self.driver.create("Timelock", "Timelock", address_of("guardian"))
        return Instance("Timelock", timelock)


def _first(events: list[Any], name: str) -> Any:
    return next(event.values for event in events if event.name == name)


def writing_functions(contract: str) -> set[str]:
    """The functions of a contract that write."""
    return {
        str(entry["name"])
        for entry in artifact(contract).abi
        if entry["type"] == "function" and entry["stateMutability"] in ("nonpayable", "payable")
    }
