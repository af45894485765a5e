"""Deploys through Ape: whatever network and accounts Ape was told to use."""

from __future__ import annotations

from typing import Any, Protocol


class ApeAccount(Protocol):
    """What is needed of Ape's account."""

    def deploy(self, contract: Any, *arguments: Any) -> Any:
        """Create a contract."""
        ...


class ApeProject(Protocol):
    """What is needed of Ape's project."""

    def get_contract(self, name: str) -> Any:
        """The compiled contract of that name."""
        ...


class ApeDeployer:
    """An Ape account that creates the project's contracts and calls them."""

    def __init__(self, project: ApeProject, sender: ApeAccount) -> None:
        self._project = project
        self._sender = sender

    def create(self, contract: str, *arguments: Any) -> str:
        """Create a contract; its lower-case address."""
        made = self._sender.deploy(self._project.get_contract(contract), *arguments)
        return str(made.address).lower()

    def send(self, contract: str, address: str, method: str, *arguments: Any) -> None:
        """Call a contract that was created before; Ape raises if it reverts."""
        instance = self._project.get_contract(contract).at(address)
        getattr(instance, method)(*arguments, sender=self._sender)
