from __future__ import annotations

from collections.abc import Iterator

import pytest

from sim.chain.anvil import AnvilChain, created_address
from sim.chain.anvil_node import AnvilNode, find_anvil
from sim.chain.artifacts import artifact
from sim.chain.codec import methods
from sim.chain.deployment import deploy_on_chain
from sim.chain.port import Call, CallReverted, Chain
from sim.chain.revm import RevmChain
from sim.types import account_id
from sim.units import wad
from tests.sim.chain_fixtures import OWNER, STRANGER, tiny_initcode, tiny_methods
from tests.world import START_S, address_of, reference_world_config


def has_anvil() -> bool:
    try:
        find_anvil()
    except RuntimeError:
        return False
    return True


pytestmark = pytest.mark.skipif(not has_anvil(), reason="anvil is not installed")


@pytest.fixture
def anvil() -> Iterator[AnvilChain]:
    chain = AnvilChain()
    yield chain
    chain.close()


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


def test_anvil__script_of_calls__says_what_revm_says(anvil):
    assert facts_of_a_script(anvil) == facts_of_a_script(RevmChain())


def test_anvil__gas__is_what_a_node_charges(anvil):
    anvil.begin_block(number=1, timestamp_s=START_S)
    to = anvil.deploy(OWNER, tiny_initcode(10))
    anvil.seal()
    anvil.begin_block(number=2, timestamp_s=START_S + 1)
    anvil.submit([call(to, "keep", 1, 1), call(to, "keep", 1, 1)])
    first, second = anvil.seal()
    # A fresh slot costs 22,100; the second call finds it cold again, unchanged: 2,200.
    assert first.gas_used - second.gas_used == 22_100 - 2_200


def test_seal__constructor_refuses__raises_its_reason(anvil):
    anvil.begin_block(number=1, timestamp_s=START_S)
    anvil.deploy(OWNER, tiny_initcode(0))
    with pytest.raises(CallReverted, match=r"^tiny: limit is zero$"):
        anvil.seal()


def test_deploy__sender_has_calls_in_the_block__is_refused(anvil):
    anvil.begin_block(number=1, timestamp_s=START_S)
    to = anvil.deploy(OWNER, tiny_initcode(1))
    anvil.submit([call(to, "add", 1, sender=OWNER)])
    with pytest.raises(RuntimeError, match="create contracts before them"):
        anvil.deploy(OWNER, tiny_initcode(1))


def test_begin_block__number_not_after_the_last__is_refused(anvil):
    anvil.begin_block(number=3, timestamp_s=START_S)
    anvil.seal()
    with pytest.raises(ValueError, match="block 3 does not follow block 3"):
        anvil.begin_block(number=3, timestamp_s=START_S + 1)


@pytest.mark.parametrize("nonce", [0, 1, 0x7F, 0x80, 0xFF, 0x100, 70_000])
def test_created_address__nonces_of_every_length__match_rlp(nonce):
    import rlp
    from eth_hash.auto import keccak

    encoded = rlp.encode([bytes.fromhex(OWNER[2:]), nonce])
    assert created_address(OWNER, nonce) == "0x" + keccak(encoded)[12:].hex()


def test_start__nobody_listens__says_where():
    with pytest.raises(RuntimeError, match=r"no node answers at http://127\.0\.0\.1:1"):
        AnvilNode("http://127.0.0.1:1", patience_s=0).start(number=0, timestamp_s=0)


def digest_of_a_trade(chain: Chain) -> tuple[str, int, list[str]]:
    """The digest of a short life of the protocol, its fills, and what was refused in it."""
    deployed = deploy_on_chain(
        chain, reference_world_config(), sender=address_of("owner"), number=1, timestamp_s=START_S
    )

    def tx(role: str, name: str, method: str, *arguments: object) -> Call:
        contract, address = deployed.instances[name]
        found = methods(contract, artifact(contract).abi)[method]
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


def test_digest__the_protocol_traded_on__is_the_same_on_both_engines(anvil):
    on_revm = digest_of_a_trade(RevmChain())
    _, fills, (refused,) = on_revm
    # Two takers found a maker; the stranger, who has no margin, did not.
    assert fills == 2
    assert refused.endswith("margin not met")
    assert digest_of_a_trade(anvil) == on_revm
