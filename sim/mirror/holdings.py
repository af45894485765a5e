"""Who holds how many leveraged tokens, kept from their transfers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

NOBODY = "0x" + "00" * 20
OWNER_SHIFT = 96


class Holdings:
    """Listens to the leveraged tokens."""

    def __init__(self, leveraged: Mapping[str, str]) -> None:
        self.supply_wad = dict.fromkeys(leveraged.values(), 0)
        self._held: dict[str, dict[str, int]] = {
            token: defaultdict(int) for token in leveraged.values()
        }
        self.handlers: dict[tuple[str, str], Any] = {
            (contract, "Transfer"): self._transferred(token)
            for contract, token in leveraged.items()
        }

    def of(self, account: int) -> Mapping[str, int]:
        """What the owner of an account holds of each."""
        owner = f"0x{account >> OWNER_SHIFT:040x}"
        return {token: held.get(owner, 0) for token, held in self._held.items()}

    def _transferred(self, token: str) -> Any:
        held = self._held[token]

        def transferred(sender: str, receiver: str, amount_wad: int) -> None:
            held[sender] -= amount_wad
            held[receiver] += amount_wad
            minted, burnt = sender == NOBODY, receiver == NOBODY
            self.supply_wad[token] += amount_wad * (minted - burnt)

        return transferred
