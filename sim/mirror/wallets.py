"""What owners hold outside the vault, kept from the transfers of the tokens."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sim.mirror.parts import MirrorNames
from sim.types import WalletView

OWNER_SHIFT = 96


class Wallets:
    """Listens to the collateral and to the base tokens of spot pools."""

    def __init__(self, names: MirrorNames) -> None:
        self._markets = dict(names.tokens)
        self._collateral = names.collateral
        self._held: dict[str, dict[str, int]] = {
            token: defaultdict(int) for token in (names.collateral, *names.tokens)
        }
        self.handlers: dict[tuple[str, str], Any] = {
            (token, "Transfer"): self._transferred(token) for token in self._held
        }

    def view(self, account: int) -> WalletView:
        """The wallet of an account's owner."""
        owner = f"0x{account >> OWNER_SHIFT:040x}"
        return WalletView(
            quote_raw=self._held[self._collateral].get(owner, 0),
            base_raw={
                market: self._held[token].get(owner, 0) for token, market in self._markets.items()
            },
        )

    def _transferred(self, token: str) -> Any:
        held = self._held[token]

        def transferred(sender: str, receiver: str, amount_raw: int) -> None:
            held[sender] -= amount_raw
            held[receiver] += amount_raw

        return transferred
