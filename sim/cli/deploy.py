"""`deploy`: the whole protocol on a local test chain, through Ape, and a file that says where."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from sim.abi.artifacts import deployables
from sim.chain.port import CHAIN_ID, EngineError
from sim.cli.errors import Command, Refused
from sim.cli.tables import Column, check_writable, json_option, print_table, write_rows
from sim.protocol.ape_deployer import ApeDeployer, compiled_project, connected
from sim.protocol.deployment import deploy_protocol
from sim.protocol.reference_markets import reference_config

FEEDS = 5  # equal ones: no source above a third of the weight, two may fail
# Chains of one's own: the collateral that is deployed is a mock that anybody may mint.
LOCAL_CHAINS = frozenset({1_337, CHAIN_ID})
COLUMNS = (Column("instance", "instance"), Column("address", "address"))


@click.command(cls=Command)
@click.option(
    "--network",
    default="http://127.0.0.1:8545",
    show_default=True,
    help="The address of a node, or Ape's name of a network.",
)
@click.option("--delay-s", type=click.IntRange(min=0), help="Let a timelock of this delay own it.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("runs/deployment.json"),
    show_default=True,
    help="Where to write who and where everything is.",
)
@json_option
def deploy(network: str, delay_s: int | None, out: Path, json_file: Path | None) -> None:
    """Deploy the reference markets on a local test chain, for `ape console` and scripts.

    Owner, guardian, treasury and reporters are Ape's test accounts, in this order. The collateral
    is a mock, so that only local chains (anvil, Ape's own) are taken.
    """
    with suppress(OSError):  # the next line says of what is not there that it can't be written
        out.parent.mkdir(parents=True, exist_ok=True)
    check_writable(out, "--out")
    check_writable(json_file)
    try:
        with connected(network) as there:
            if there.chain_id not in LOCAL_CHAINS:
                raise Refused(
                    f"{network} is chain {there.chain_id}; chains "
                    f"{' and '.join(map(str, sorted(LOCAL_CHAINS)))} are allowed, local ones: the "
                    "collateral is a mock that anybody may mint"
                )
            record = _deployed(there.accounts[: 3 + FEEDS], delay_s)
    except EngineError as error:
        raise Refused(str(error)) from error
    record |= {"network": network, "chain_id": there.chain_id}
    out.write_text(json.dumps(record, indent=2) + "\n")
    instances: Mapping[str, Mapping[str, str]] = record["instances"]
    rows = [{"instance": name, "address": one["address"]} for name, one in instances.items()]
    print_table(f"deployed on {network}", rows, COLUMNS)
    write_rows(json_file, rows, COLUMNS)
    click.echo(f"\nwritten {out}")


def _deployed(seats: Sequence[Any], delay_s: int | None) -> dict[str, Any]:
    """Deploy from the first context; who is who, and what is where."""
    owner, guardian, treasury, *reporters = (str(one.address).lower() for one in seats)
    config = replace(
        reference_config(reporters=reporters, guardian=guardian, treasury=treasury),
        owner=None if delay_s is None else owner,
        timelock_delay_s=delay_s,
    )
    project = compiled_project(["MockToken", *deployables()])
    deployed = deploy_protocol(ApeDeployer(project, seats[0]), config)
    return {
        "roles": {
            "owner": owner,
            "guardian": guardian,
            "treasury": treasury,
            "reporters": reporters,
        },
        "markets": {market.name: market.market_id for market in config.markets},
        "instances": {name: one._asdict() for name, one in deployed.instances.items()},
    }
