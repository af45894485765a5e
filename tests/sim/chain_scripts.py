"""Scripts that every engine runs, to be held against each other."""

from __future__ import annotations

import pytest

from sim.abi.artifacts import artifact
from sim.chain.port import Call, CallReverted, Chain
from sim.protocol.deployment import deploy_on_chain
from sim.types import account_id
from sim.units import wad
from tests.sim.chain_fixtures import OWNER, STRANGER, tiny_initcode, tiny_methods
from tests.support.contracts import START_S, address_of
from tests.world import reference_world_config


def call(to: str, name: str, *arguments: object, sender: str = STRANGER) -> Call:
    return Call(sender, to, tiny_methods()[name].encode(*arguments))


def read(chain: Chain, to: str, name: str, *arguments: object) -> object:
    method = tiny_methods()[name]
    return method.decode(chain.read(to, method.encode(*arguments)))


def facts_of_a_script(chain: Chain) -> list[object]:
    """All that a chain says while it runs a script of everything an engine must get right."""
    facts: list[object] = []
    chain.begin_block(number=5, timestamp_s=START_S)
    first = chain.deploy(OWNER, tiny_initcode(10))
    chain.submit([call(first, "add", 4), call(first, "add", 9, sender=OWNER)])
    facts += [first, read(chain, first, "count"), read(chain, first, "clock")]
    chain.submit([call(first, "fail_silently"), call(first, "scratch_once")])
    chain.submit([call(first, "scratch_once"), call(first, "place", 3)])
    facts += [receipt._replace(gas_used=None) for receipt in chain.seal()]
    chain.begin_block(number=6, timestamp_s=START_S + 9)
    second = chain.deploy(OWNER, tiny_initcode(3))  # OWNER has called in between
    chain.submit([call(second, "add", 2, sender=OWNER)])
    facts += [second, read(chain, second, "limit"), read(chain, second, "clock")]
    facts += [receipt._replace(gas_used=None) for receipt in chain.seal()]
    chain.begin_block(number=20, timestamp_s=START_S + 100)
    with pytest.raises(CallReverted) as refused:
        chain.read(first, tiny_methods()["add"].encode(7))
    facts += [str(refused.value), read(chain, second, "clock"), chain.seal()]
    return facts


def digest_of_a_trade(chain: Chain) -> tuple[str, int, list[str]]:
    """The digest of a short life of the protocol, its fills, and what was refused in it."""
    deployed = deploy_on_chain(
        chain, reference_world_config(), sender=address_of("owner"), number=1, timestamp_s=START_S
    )

    def tx(role: str, name: str, method: str, *arguments: object) -> Call:
        contract, address = deployed.instances[name]
        found = artifact(contract).methods[method]
        return Call(address_of(role), address, found.encode(*arguments))

    def order(role: str, is_buy: bool, price: int) -> Call:
        terms = (is_buy, wad("0.5"), wad(price), 0, False, 0)
        return tx(role, "OrderBook.BTC-USD", "place", account_id(address_of(role)), terms, 16)

    def pushes(number: int, price: int) -> list[Call]:
        feeds = deployed.config.market("BTC-USD").feeds
        names = [f"PriceFeed.BTC-USD.{feed.name}" for feed in feeds]
        now_s = START_S + 2 * number
        return [tx("reporter", name, "push", wad(price), 0, now_s, number) for name in names]

    funding = []
    for role in ("maker", "taker"):
        funding.append(tx("owner", "MockToken", "mint", address_of(role), 10**11))
        vault = deployed.address("MarginVault")
        funding.append(tx(role, "MockToken", "approve", vault, 10**11))
        account = account_id(address_of(role))
        funding.append(tx(role, "MarginVault", "deposit", account, 10**11))
    blocks = [
        [*pushes(2, 60_000), *funding],
        [*pushes(3, 60_000), order("maker", True, 59_990), order("maker", False, 60_010)],
        [*pushes(4, 60_010), order("taker", True, 60_010), order("stranger", True, 60_000)],
        [*pushes(5, 60_020), order("taker", False, 59_990)],
    ]
    decoder, fills, errors = deployed.decoder(), 0, []
    for number, calls in enumerate(blocks, start=2):
        chain.begin_block(number=number, timestamp_s=START_S + 2 * number)
        chain.submit(calls)
        for receipt in chain.seal():
            events = decoder.decode(number, receipt.logs)
            fills += sum(event.name == "OrderFilled" for event in events)
            errors += [receipt.error] if receipt.error else []
    return decoder.digest, fills, errors
