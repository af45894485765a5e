"""Everything before the first block: the deployment, the pool's stake, the agents' deposits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sim.chain.port import Call
from sim.engine.members import Member
from sim.engine.spot_pools import Liquidity
from sim.engine.transactions import Translator
from sim.mirror import Mirror, MirrorNames
from sim.protocol.deployment import Deployed
from sim.types import DEFICIT, Deposit, MarketSpec, PoolDeposit, account_id
from sim.types.addresses import DEPLOYER, OWNER_SHIFT, PROVIDER, STAKER
from sim.units import WAD_PER_RAW

CALLS_PER_BLOCK = 500
MAX_RAW = 2**256 - 1
TOKEN_HOLDER = "token_holder"  # the kind of agent that mints leveraged tokens


class SetupError(RuntimeError):
    """A setup transaction was refused: the scenario cannot start."""


def funding_blocks(
    translate: Translator,
    deployed: Deployed,
    members: Sequence[Member],
    insurance_wad: int,
    pools: Sequence[Liquidity] = (),
) -> Iterator[list[Call]]:
    """The calls that bring money in, in order, a block's worth at a time."""
    calls = list(_calls(translate, deployed, members, insurance_wad))
    for pool in pools:
        calls += _pool_calls(translate, deployed, members, pool)
    for start in range(0, len(calls), CALLS_PER_BLOCK):
        yield calls[start : start + CALLS_PER_BLOCK]


def _calls(
    translate: Translator, deployed: Deployed, members: Sequence[Member], insurance_wad: int
) -> Iterator[Call]:
    vault, pool = deployed.address("MarginVault"), deployed.address("InsurancePool")
    stake_raw = insurance_wad // WAD_PER_RAW
    if stake_raw:
        yield translate.system_call(DEPLOYER, "MockToken", "mint", STAKER, stake_raw)
        yield translate.system_call(STAKER, "MockToken", "approve", pool, stake_raw)
        yield translate.system_call(STAKER, "InsurancePool", "deposit", stake_raw, STAKER)
    for member in members:
        amount_raw = member.capital_wad // WAD_PER_RAW
        if member.stakes:
            owner = member.owner
            yield translate.system_call(DEPLOYER, "MockToken", "mint", owner, amount_raw)
            yield translate.system_call(owner, "MockToken", "approve", pool, MAX_RAW)
            yield translate.call(owner, PoolDeposit(amount_raw=amount_raw))
            continue
        for token in deployed.config.tokens if member.kind == TOKEN_HOLDER else ():
            at = deployed.token(token.name)
            yield translate.system_call(member.owner, "MockToken", "approve", at, MAX_RAW)
        for account in member.accounts:
            owner = member.owners[account >> OWNER_SHIFT]
            yield translate.system_call(DEPLOYER, "MockToken", "mint", owner, amount_raw)
            yield translate.system_call(owner, "MockToken", "approve", vault, MAX_RAW)
            yield translate.call(owner, Deposit(account=account, amount_raw=amount_raw))


def _pool_calls(
    translate: Translator, deployed: Deployed, members: Sequence[Member], pool: Liquidity
) -> Iterator[Call]:
    """A pool's liquidity, and the wallets of those who trade in it."""
    base, name = f"MockToken.{pool.market}", f"SpotPool.{pool.pool}"
    address = deployed.address(name)
    reserves = {base: pool.base_raw, "MockToken": pool.quote_raw}
    wallets = {PROVIDER: reserves}
    for member in members:
        held = {base: member.wallet_base_wad, "MockToken": member.wallet_wad}
        if member.market == pool.market and any(held.values()):
            wallets[member.owner] = {key: value // WAD_PER_RAW for key, value in held.items()}
    for owner, tokens in wallets.items():
        for token, amount_raw in tokens.items():
            yield translate.system_call(DEPLOYER, token, "mint", owner, amount_raw)
            yield translate.system_call(owner, token, "approve", address, MAX_RAW)
    words = (pool.base_raw, pool.quote_raw, 1, PROVIDER)
    yield translate.system_call(PROVIDER, name, "add_liquidity", *words)


def system_accounts(deployed: Deployed) -> dict[int, str]:
    """The accounts that are no agent's, by what they are."""
    treasury, liquidator = deployed.config.treasury, deployed.address("Liquidator")
    pool, triggers = deployed.address("InsurancePool"), deployed.address("TriggerOrders")
    found = {
        account_id(treasury): "treasury",
        account_id(liquidator): "liquidator",
        account_id(pool): "insurance_pool",
        account_id(pool, DEFICIT): "deficit",
        account_id(triggers): "trigger_orders",
    }
    for market in deployed.config.markets:
        found[account_id(pool, market.market_id)] = "insurance_pool"
    return found


def mirror_of(specs: Mapping[str, MarketSpec], deployed: Deployed, system: Iterable[int]) -> Mirror:
    """A mirror that has heard nothing yet; `system` accounts stay out of its margin table."""
    tiers = {
        market.name: [(tier.lower_wad, tier.mmr_wad) for tier in market.tiers]
        for market in deployed.config.markets
    }
    names = MirrorNames(
        clearinghouse="Clearinghouse",
        mark="MarkPrice",
        books={f"OrderBook.{name}": name for name in specs},
        tokens={f"MockToken.{name}": name for name in specs},
        leveraged={f"LeveragedToken.{one.name}": one.name for one in deployed.config.tokens},
    )
    return Mirror(tuple(specs.values()), tiers, names, unscreened=system)
