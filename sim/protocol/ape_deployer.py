"""Deploys through Ape: whatever network and accounts Ape was told to use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from sim.abi.artifacts import artifact
from sim.chain.port import EngineError


class ApeAccount(Protocol):
    """What is needed of Ape's account."""

    def deploy(self, contract: Any, *arguments: Any) -> Any:
        """Create a contract."""
        ...


class Network(NamedTuple):
    """A network Ape is connected to, and whom it can sign for there."""

    chain_id: int
    accounts: Sequence[Any]


@contextmanager
def connected(choice: str) -> Iterator[Network]:
    """Ape on a network, by its name or a node's address; says in one sentence if there is none."""
    import ape
    from ape.exceptions import ApeException
    from ape.logging import logger

    logger.set_level("ERROR")  # it would tell of every transaction
    try:
        with ape.networks.parse_network_choice(choice) as provider:
            yield Network(provider.chain_id, ape.accounts.test_accounts)
    except ApeException as error:
        reason = str(error).splitlines()[0].partition(" Options:")[0].rstrip(".")
        raise EngineError(
            f"network {choice}: {reason}; the address of a running node such as anvil, or "
            "ethereum:local:test, is allowed"
        ) from error


class ApeDeployer:
    """An Ape account that creates the project's contracts and calls them."""

    def __init__(self, project: Any, sender: ApeAccount) -> None:
        self._project = project
        self._sender = sender

    def create(self, contract: str, *arguments: Any) -> str:
        """Create a contract; its lower-case address."""
        made = self._sender.deploy(getattr(self._project, contract), *arguments)
        return str(made.address).lower()

    def send(self, contract: str, address: str, method: str, *arguments: Any) -> None:
        """Call a contract that was created before; Ape raises if it reverts."""
        instance = getattr(self._project, contract).at(address)
        getattr(instance, method)(*arguments, sender=self._sender)


def compiled_project(contracts: Iterable[str]) -> Any:
    """An Ape project of the named contracts, around the bytecode that every other engine runs.

    Ape's own cache looks at a contract's file and not at the modules it imports: after a change
    of a module it goes on serving the bytecode from before.
    """
    import ape
    from ethpm_types import PackageManifest

    types = {name: _contract_type(name) for name in contracts}
    return ape.Project.from_manifest(PackageManifest.model_validate({"contractTypes": types}))


def _contract_type(name: str) -> dict[str, Any]:
    made = artifact(name)
    return {
        "contractName": name,
        "abi": made.abi,
        "deploymentBytecode": {"bytecode": "0x" + made.initcode.hex()},
        "runtimeBytecode": {"bytecode": "0x" + made.runtime.hex()},
    }
