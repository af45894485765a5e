from __future__ import annotations

from sim.abi.artifacts import artifact


def test_deployed__through_ape__runs_the_code_every_engine_runs(deployed, at):
    for name, (contract, _) in deployed.instances.items():
        # Immutables follow the code in the deployed contract.
        assert bytes(at(name).code).startswith(artifact(contract).runtime), name


def test_deployed__owned_contracts__belong_to_the_deployer(deployed, at, owner):
    owners = {
        name: at(name).owner()
        for name, (contract, _) in deployed.instances.items()
        if contract != "MockToken" and any(e.get("name") == "owner" for e in artifact(contract).abi)
    }
    assert set(owners.values()) == {owner.address}, owners
    assert {"MarketParams", "OracleAggregator", "MarkPrice", "InsurancePool"} <= set(owners)
