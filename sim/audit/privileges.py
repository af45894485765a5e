"""Who may call what, found by making every call: contract x function x caller.

A run's deployment is taken after its first block. Each function that writes is called by everybody
with the same arguments, each time from the same state. Who is told what a stranger is told may do
no more than a stranger; who is told anything else, or let through, got past a gate. A contract
calls without its code, as nobody with code can send a transaction: where the callee asks it back,
the call reverts without a reason, and whether there was a gate cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sim.abi.artifacts import artifact
from sim.audit.trial_call import likely_value, without_code
from sim.chain.port import Call
from sim.chain.revm import RevmChain
from sim.engine import RunRequest, Simulation, open_run
from sim.engine.replay import Watch
from sim.scenario import Scenario
from sim.types.addresses import DEPLOYER, GUARDIAN, TREASURY, owner_address, reporter_address

STRANGER = "stranger"
WRITING = ("nonpayable", "payable")
THROUGH, WORDLESS = "let through", "reverted without a reason"
# The protocol's own contracts as callers.
PEERS = (
    *("MarginVault", "Clearinghouse", "MarkPrice", "Liquidator", "Deleverager", "InsurancePool"),
    *("TriggerOrders", "Timelock"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Privilege:
    """A function, what a stranger is told, and those who are told something else."""

    contract: str
    function: str
    stranger: str
    others: Mapping[str, str]  # caller -> what it is told

    @property
    def past(self) -> list[str]:
        """Who got past a gate; marked where that contract's own code was missed in the call."""
        return [f"{who} ?" if said == WORDLESS else who for who, said in self.others.items()]


def privileges(scenario: Scenario, seed: int) -> list[Privilege]:
    """Every function that writes, of every contract of the scenario's deployment."""
    request = RunRequest(scenario=scenario, seed=seed, engine="revm", blocks=1)
    with open_run(request, Watch()) as simulation:
        simulation.set_up()
        simulation.step(1)
        return list(_Calls(simulation).all())


def writing_functions(contract: str) -> list[str]:
    """The functions of a contract that write, in the order of its ABI."""
    entries = artifact(contract).abi
    found = [one for one in entries if one["type"] == "function"]
    return list(dict.fromkeys(e["name"] for e in found if e["stateMutability"] in WRITING))


class _Calls:
    """Everybody, and a state that every call begins from."""

    def __init__(self, simulation: Simulation) -> None:
        assert isinstance(simulation.chain, RevmChain), "calls are undone on revm"
        self._simulation, self._chain = simulation, simulation.chain
        deployed = simulation.deployed
        member = next(iter(simulation.members.values()))
        self._trader = member.owner
        market = deployed.config.markets[0]
        own = ("account", "sender", "receiver", "recipient")
        self._known = {**dict.fromkeys(own, member.account), "market": market.market_id}
        self.callers = {
            STRANGER: owner_address("audit/stranger"),
            "trader": self._trader,
            "reporter": reporter_address(market.feeds[0].name),
            "guardian": GUARDIAN,
            "treasury": TREASURY,
            "deployer": DEPLOYER,
            **{one: deployed.address(one) for one in PEERS if one in deployed.instances},
            "OrderBook": deployed.book(market.name),
        }
        self._targets: dict[str, str] = {}
        for _, (contract, address) in deployed.instances.items():
            if not contract.startswith("Mock"):
                self._targets.setdefault(contract, address)

    def all(self) -> Iterator[Privilege]:
        """One privilege a function."""
        for contract, address in sorted(self._targets.items()):
            for function in writing_functions(contract):
                said = {
                    name: self._call(sender, contract, address, function)
                    for name, sender in self.callers.items()
                    if sender != address
                }
                told = said.pop(STRANGER)
                others = {name: words for name, words in said.items() if words != told}
                yield Privilege(contract=contract, function=function, stranger=told, others=others)

    def _call(self, sender: str, contract: str, address: str, function: str) -> str:
        entries = [one for one in artifact(contract).abi if one.get("name") == function]
        widest = max(entries, key=lambda one: len(one["inputs"]))
        found = artifact(contract).methods[function]
        values = [likely_value(one, self._trader, self._known) for one in widest["inputs"]]
        data = found.encode(*values)
        before = self._chain.snapshot()
        with without_code(self._chain, sender):
            self._chain.submit([Call(sender, address, data)])
        receipt = self._chain.seal()[-1]
        self._chain.revert(before)
        return THROUGH if receipt.ok else receipt.error
