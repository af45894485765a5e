"""What anyone may do and somebody must: share out fees, tend what the insurance pool took over."""

from __future__ import annotations

from collections.abc import Mapping

from sim.chain.port import Call
from sim.engine.transactions import Translator
from sim.mirror import Mirror
from sim.types.addresses import DEPLOYER

POOL = "InsurancePool"


def upkeep_calls(
    translate: Translator, mirror: Mirror, system_accounts: Mapping[int, str]
) -> list[Call]:
    """Fees shared out; the pool's cash put behind its positions, and clips of them unwound."""
    calls = [translate.system_call(DEPLOYER, "Clearinghouse", "sweep_fees")]
    for account, role in system_accounts.items():
        held = mirror.accounts.get(account)
        if role == "insurance_pool" and held is not None:
            for name in held.positions:
                market = translate.market_id(name)
                # Apart from unwinding, which takes it back where a trade is refused.
                calls.append(translate.system_call(DEPLOYER, POOL, "restore", market))
                calls.append(translate.system_call(DEPLOYER, POOL, "unwind", market))
    return calls
